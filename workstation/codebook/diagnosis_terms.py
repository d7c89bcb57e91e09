"""Diagnoses named in running text: a trie of the pack's titles, inclusion terms and everyday words, by family."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from workstation.codebook.reader import PackReader
from workstation.codebook.words import fold
from workstation.domain.queries.mentions import Mention

# R codes are findings, Z statuses, V to Y circumstances; shock and severe sepsis, cachexia, coma and functional
# quadriplegia are diagnoses nevertheless. Poisonings and surgical complications have titles nobody writes in a note.
_DIAGNOSES = re.compile(r"[A-QS]|T(?:1[4-9]|[23]|7[89]|8)|U(?:07|09)|R(?:57|65[.]?2|64|532|402)")
_TITLE = 1  # the kind of a document made of a code's title
# Some inclusion terms only finish their heading ("Aortic arch"), and everyday terms that help a search name findings as
# well ("sacral wound"); those that name a disease have a word like these.
_DISEASE = re.compile(
    r"(?:itis|osis|oses|iasis|emia|aemia|uria|pathy|oma|plegia|paresis|trophy|ectasia|ectasis|penia|rrhea|rrhage|cele|edema|"
    r"malacia|megaly|phobia|philia|plasia|ptosis|spasm|thorax|lith|ism|palsy|mania|algia|dynia|ectopia|carditis|tension)\b|"
    r"\b(?:failure|disease|syndrome|fracture|ulcer|infarct\w*|hernia|stroke|shock|abscess|hemorrhage|insufficiency|"
    r"obstruction|stenosis|rupture|embol\w+|thrombo\w+|cancer|carcinoma|leukemia|lymphoma|sepsis|septic\w*|infection|deficiency|"
    r"injury|coma|delirium|dementia|depression|disorder|diabet\w+|anemia|asthma|bronchiectasis|cirrhosis|colitis|fever|gout|"
    r"goiter|psychosis|neurosis|pneumonia|polyp|prolapse|regurgitation|fibrillation|flutter|tachycardia|block|arrest|epilepsy|"
    r"migraine|sclerosis|necrosis|gangrene|fistula|perforation|adhesions?|stones?|calcul\w+|attack|angina|ischemi\w+|crisis|"
    r"dependence|anaphyla\w+|dystrophy|atrophy|palsy|paralysis|neuropathy|injuries|bacteremia|acidosis|alkalosis)\b",
    re.IGNORECASE,
)
_LONGEST = 7  # words; longer titles are not written in running text
_DATA = "data"
_END = ""  # where a term ends in the trie
_NOTHING = "-"  # the family of words that hold a diagnosis and are none: ST depression

_TOKEN = re.compile(r"[A-Za-z0-9]+(?:['’][a-z]{1,2}\b)?|[^\W\d_]+")
_BETWEEN = re.compile(r"[ \t\-/()\[\]]*(?:\n[ \t]*)?[ \t\-()]*")
_JOINTS = frozenset({"of", "the", "in", "on", "to", "a", "an", "type"})
_CHOICES = frozenset({"or", "vs", "versus", "whether"})
_STAGES = frozenset({"stage", "grade", "class", "type"})
_FARTHEST_QUALIFIER = 5  # words before a name
_MOST_JOINTS = 2  # "of the"
# Titles that join two diseases: in a note they are two.
_JOINED = frozenset({"with", "and", "due", "by", "or", "complicating", "without"})
_EMPTY = frozenset({
    "acute", "chronic", "unspecified", "other", "specified", "disease", "diseases", "disorder", "disorders", "nos", "nec",
    "condition", "conditions", "syndrome", "type", "stage", "mild", "moderate", "severe", "recurrent", "with", "without",
    "left", "right", "bilateral", "of", "and", "the", "in", "due", "to", "site", "sites", "initial", "encounter", "on",
    "status", "pain", "injury", "infection", "infections", "complication", "complications", "abnormal", "elevated",
})  # fmt: skip
# Words of one meaning, so that renal and kidney, cardiac and heart make no two terms.
_SAME = {
    "renal": "kidney", "cardiac": "heart", "hepatic": "liver", "pulmonary": "lung", "anaemia": "anemia", "oedema": "edema",
    "haemorrhage": "hemorrhage", "bleed": "hemorrhage", "bleeding": "hemorrhage", "gi": "gastrointestinal",
    "hypoxemic": "hypoxic", "ii": "2", "iii": "3", "iv": "4", "hypoxaemic": "hypoxic", "injuries": "injury",
    "diarrhoea": "diarrhea", "leukaemia": "leukemia", "ischaemic": "ischemic", "failures": "failure",
}  # fmt: skip
_LETTERS_ONLY_UPPER = 2  # abbreviations this short count only in capitals
_LONGEST_ABBREVIATION = 4  # letters; a synonym this short is a word of the language too often

Trie = dict[str, "Trie | str"]


class DiagnosisTrie:
    """The names of diagnoses. Made once; safe to ask from any thread."""

    def __init__(
        self,
        terms: Iterable[tuple[str, str]],
        upper: Iterable[str] = (),
        qualifiers: Mapping[str, frozenset[str]] | None = None,
    ) -> None:
        self._root: Trie = {}
        self._upper = frozenset(upper)
        self._qualifiers = qualifiers or {}
        for words, family in terms:
            self._add(words.split(), family)

    def _add(self, words: list[str], family: str) -> None:
        node = self._root
        for word in words:
            below = node.setdefault(word, {})
            if isinstance(below, dict):  # only what ends a term holds a text, and no word is empty
                node = below
        node.setdefault(_END, family)

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """In order, without overlaps, the longest name at each place."""
        tokens = [(match.start(), match.end(), match.group()) for match in _TOKEN.finditer(text)]
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            reached = self._longest(text, tokens, at)
            if reached is None:
                at += 1
                continue
            last, family = reached
            start, end = tokens[at][0], tokens[last][1]
            if family != _NOTHING:
                said, lead = self._said(text, tokens, at, last)
                found.append(Mention(start, end, " ".join(text[start:end].split()), family, said, lead))
            at = last + 1
        return tuple(found)

    def _longest(self, text: str, tokens: list[tuple[int, int, str]], at: int) -> tuple[int, str] | None:
        node: Trie | str | None = self._root.get(normal(tokens[at][2]))
        best: tuple[int, str] | None = None
        place = at
        while isinstance(node, dict):
            family = node.get(_END)
            if isinstance(family, str) and (place > at or self._counts(tokens[at][2])):
                best = (place, family)
            step = self._next(text, tokens, place, node)
            if step is None:
                break
            place, node = step
        return best

    def _said(self, text: str, tokens: list[tuple[int, int, str]], first: int, last: int) -> tuple[frozenset[str], int]:
        """What is said of the diagnosis in its name and right beside it, and how far that reaches before the name.

        Where a choice is left open ("acute or chronic"), nothing is said.
        """
        said = {name for at in range(first, last + 1) for name in self._named(tokens, at)}
        begin = first
        for at in range(first - 1, max(first - 1 - _FARTHEST_QUALIFIER, -1), -1):
            if _BETWEEN.fullmatch(text[tokens[at][1] : tokens[at + 1][0]]) is None:
                break
            word = normal(tokens[at][2])
            if word in _CHOICES:
                return frozenset(), 0
            more = self._named(tokens, at)
            if more:
                said |= more
                begin = at
            elif word not in _JOINTS and word not in _STAGES and not word[0].isdigit():
                break
        choice = any(normal(word) in _CHOICES for _, _, word in tokens[last + 2 : last + 5])
        if last + 1 < len(tokens) and not choice and _BETWEEN.fullmatch(text[tokens[last][1] : tokens[last + 1][0]]):
            said |= self._named(tokens, last + 1)
        return frozenset(said), tokens[first][0] - tokens[begin][0]

    def _named(self, tokens: list[tuple[int, int, str]], at: int) -> frozenset[str]:
        word = normal(tokens[at][2])
        if word in _STAGES and at + 1 < len(tokens) and tokens[at + 1][2][0].isdigit():
            return frozenset({f"{word} {tokens[at + 1][2].lower()}"})
        return self._qualifiers.get(word, frozenset())

    def _counts(self, word: str) -> bool:
        """A single word that is an abbreviation and a common word as well counts only in capitals."""
        if word.isupper() or word[:-1].isupper():
            return True
        return len(word) > _LETTERS_ONLY_UPPER and word.lower() not in self._upper

    @staticmethod
    def _next(
        text: str, tokens: list[tuple[int, int, str]], place: int, node: Trie
    ) -> tuple[int, Trie | str | None] | None:
        """The next word that goes on with a term; little words between may be passed over."""
        for ahead in range(place + 1, place + 2 + _MOST_JOINTS):
            if ahead >= len(tokens):
                return None
            gap = text[tokens[ahead - 1][1] : tokens[ahead][0]]
            if _BETWEEN.fullmatch(gap) is None:
                return None
            word = normal(tokens[ahead][2])
            if word in node:
                return ahead, node[word]
            if word not in _JOINTS:
                return None
        return None


@lru_cache(maxsize=50_000)
def normal(word: str) -> str:
    """A word as the trie holds it."""
    plain = fold(word)
    plain = _SAME.get(plain, plain)
    # UTIs is a plural, AIDS and ARDS are none.
    plural = word[:-1].isupper() if len(plain) <= _LONGEST_ABBREVIATION else not plain.endswith(("ss", "us", "is"))
    if (
        plural
        and len(word) > 2
        and word.endswith(("s", "S"))
        and (len(plain) > _LONGEST_ABBREVIATION or word[-1] == "s")
    ):
        plain = _SAME.get(plain[:-1], plain[:-1])
    return plain


def open_terms(pack: Path) -> DiagnosisTrie:
    """The diagnosis names of a built pack. Raises CodeBookUnusable."""
    reader = PackReader(pack)
    own = OwnWords.read()
    said = {word: frozenset(names) for word, names in own.qualifiers.items()}
    named = {phrase for _, phrase in own.added}
    short = {
        phrase
        for (phrase,) in reader.db.execute(
            "select phrase from synonyms where system = 'ICD-10-CM' and length(phrase) <= 4"
        )
        if phrase not in named
    }
    return DiagnosisTrie(_terms(reader, own), own.upper | short, said)


class OwnWords:
    """Our own tables: families, words that are no diagnosis, abbreviations."""

    def __init__(self, families: str, words: str) -> None:
        self.upper: set[str] = set()
        self.never: set[str] = set()
        self.none: set[str] = set()
        self.added: list[tuple[str, str]] = []  # (code, phrase)
        self.qualifiers: dict[str, set[str]] = {}  # by word
        self._prefixes: dict[str, str] = {}
        for line in _lines(families):
            name, _, codes = line.partition("=")
            self._prefixes.update((code.replace(".", ""), name.strip()) for code in codes.split())
        self._longest_prefix = max(map(len, self._prefixes), default=0)
        for line in _lines(words):
            key, _, phrases = line.partition("=")
            self._take(key.strip(), [phrase.strip() for phrase in phrases.split(";") if phrase.strip()])

    def _take(self, key: str, phrases: list[str]) -> None:
        if key.startswith("is "):
            for phrase in phrases:
                self.qualifiers.setdefault(normal(phrase), set()).add(key.removeprefix("is ").strip())
            return
        sets = {"not": self.none, "upper": self.upper, "never": self.never}
        if key in sets:
            sets[key].update(spelled(phrase) if key == "not" else phrase for phrase in phrases)
        else:
            self.added.extend((key.replace(".", ""), phrase) for phrase in phrases)

    @classmethod
    def read(cls) -> OwnWords:
        folder = files("workstation.codebook") / _DATA
        return cls(
            (folder / "diagnosis_families.txt").read_text("utf-8"), (folder / "diagnosis_words.txt").read_text("utf-8")
        )

    def family(self, bare: str) -> str:
        """The longest beginning of the code that has a family of its own, else its category."""
        for length in range(min(len(bare), self._longest_prefix), 2, -1):
            named = self._prefixes.get(bare[:length])
            if named is not None:
                return named
        return bare[:3]


def spelled(phrase: str) -> str:
    """A phrase as the trie holds it, its little words left out."""
    found = [word for word in _TOKEN.findall(phrase) if word.lower() not in _JOINTS or word.lower() == "type"]
    return " ".join(normal(word) for word in found)


def _lines(text: str) -> Iterator[str]:
    for line in text.splitlines():
        kept = line.partition("#")[0].strip()
        if "=" in kept:
            yield kept


def _terms(reader: PackReader, own: OwnWords) -> Iterator[tuple[str, str]]:
    """Likeliest first: of two codes with one name the first gives the family."""
    known: dict[str, str] = {phrase: _NOTHING for phrase in own.none if " " in phrase}
    for code, phrase in own.added:
        known[spelled(phrase)] = own.family(code)
    for phrase, kind, bare, title in reader.db.execute(
        "select d.phrase, d.kind, c.bare, c.title from documents d join codes c on c.id = d.code"
        " where c.system = 'ICD-10-CM' and length(c.bare) <= 6 order by d.id"
    ):
        if _DIAGNOSES.match(bare) is None or (kind != _TITLE and _DISEASE.search(phrase or "") is None):
            continue
        for name in _names(phrase or title):
            spelling = spelled(name)
            if spelling and spelling not in own.none:
                known.setdefault(spelling, own.family(bare))
    for phrase, meaning in reader.db.execute(
        "select phrase, meaning from synonyms where system = 'ICD-10-CM' and place = 0 order by phrase"
    ):
        if len(phrase) <= _LETTERS_ONLY_UPPER or phrase in own.never or not meaning:
            continue  # Mr. is no mitral regurgitation
        if len(phrase) > _LONGEST_ABBREVIATION + 1 and _DISEASE.search(phrase) is None:
            continue
        family = known.get(spelled(" ".join(word for word in meaning.split() if not word.endswith("?"))))
        if family is not None and spelled(phrase) not in own.none:
            known.setdefault(spelled(phrase), family)
    yield from known.items()


def _names(title: str) -> Iterator[str]:
    """The wordings of a title a note would use: without what is in brackets, NOS, and unspecified."""
    plain = re.sub(r"\s*[\[(][^\])]*[\])]", "", title)
    plain = re.sub(r",?\s*\b(?:unspecified|NOS|not elsewhere classified|NEC)\b", "", plain).strip(" ,")
    for name in dict.fromkeys((title, plain)):
        words = [word.lower() for word in _TOKEN.findall(name)]
        too_little = set(words) <= _EMPTY or words[-1:] == ["pain"] or name.lower().startswith("other ")
        if 0 < len(words) <= _LONGEST and not too_little and _JOINED.isdisjoint(words):
            yield name
