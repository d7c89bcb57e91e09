"""What words are: names of people, ordinary English, words of medicine. A plain value the caller reads from a file."""

from __future__ import annotations

import re
from dataclasses import dataclass

from workstation.domain.redaction.eponyms import DRUGS_LIKE_NAMES, EPONYMS, EPONYMS_WITH_A_NOUN
from workstation.domain.redaction.plain_words import FUNCTION_WORDS, NAMES_THAT_ARE_WORDS, NOTE_WORDS

# Endings no family has and every specialty coins words with.
_GREEK = re.compile(
    r".(?:graphy|grams?|itis|itides|ectomy|otomy|ostomy|oscopy|oscopic|scopy|emia|emic|osis|oses|otic|ology|ologist|pathy|plasty|pathic|uria"
    r"|algia|plegia|paresis|phagia|pnea|rrhea|rrhagia|cillin|mycin|micin|floxacin|azole|pril|sartan|statin|olol|dipine|mab|tinib|vir|parin|gliptin|gliflozin|glutide"
    r"|setron|triptan|thiazide|semide|zosin|caine|barbital|zepam|zolam|idine|amine|azine|oxetine|codone|morphone|ectasis|ectatic|malacia|megaly|trophy"
    r"|sclerosis|stenosis|genic|genous|lytic|lysis|ation|ations|ability|iform|aceae|coccus|cocci|bacter|bacillus|blastoma|sarcoma|carcinoma|adenoma|oma)$"
)

# Endings of family names the world over; the census list ends long before the names do.
_FAMILY = re.compile(
    r"(?:sson|[aeiou][bcdfgklmnprstz]ov|[^aeiou]sen|[^aeio]son|wski|owski|sky|wicz|czyk|enko|chuk|vich|ovic|evic|ova|[ae]?quez|guez|nez|rez|dez|berg|stein|mann|feld|baum|thal|oglu|"
    r"[dgknrst]yan|poulos|akis|idis|escu|moto|kawa|mura|naka|waran|nathan|swamy|murthy|reddy|pour|zadeh|heimer|bauer|meyer|strom|quist|gren|lund|dahl|"
    r"gaard|haug|worth|field|bridge|bury|croft|shaw|ucci|etti|elli|ello|ieri|[ai]ni|aux|eau|ière|hoff|dorf|burg|stra|sma|inga|huis|oye|unle|wale|ike|kwe|oju)$"
)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """All words folded: lower case, no accents, no marks."""

    given: frozenset[str] = frozenset()  # given names
    surnames: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()  # ordinary English
    clinical: frozenset[str] = frozenset()  # the code book's words, drugs

    def is_name(self, word: str) -> bool:
        return word in self.given or word in self.surnames or (len(word) > 5 and _FAMILY.search(word) is not None)

    def is_word(self, word: str) -> bool:
        """Also means something else than a name."""
        return (
            word in self.words
            or (word[-1:] == "s" and (word[:-1] in self.words or word[:-1] in self.clinical or word[:-1] in NOTE_WORDS))
            or word in self.clinical
            or word in NOTE_WORDS
            or word in FUNCTION_WORDS
            or word in NAMES_THAT_ARE_WORDS
            or word in EPONYMS
            or word in EPONYMS_WITH_A_NOUN
            or word in DRUGS_LIKE_NAMES
            or _GREEK.search(word) is not None
        )


BUILT_IN = Lexicon()
