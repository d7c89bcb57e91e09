"""Shorthand: what coders write for one word, spelled out the same way in what is typed and in our own table."""

from __future__ import annotations

import re

# "on insulin" says more than "insulin": in everyday terms it counts, in titles it does not.
TELLING = frozenset({"on"})
ARTICLE = "a"  # tells "influenza a" from "influenza", and tells nothing in "fell off a ladder"

# Short forms with one meaning wherever they stand. What depends on its neighbours belongs to the synonym table.
_SPELLED_OUT = {
    "ca": "cancer", "cancers": "cancer", "carcinoma": "cancer", "carcinomas": "cancer",
    "fx": "fracture", "frx": "fracture", "fxs": "fracture", "fractures": "fracture", "fractured": "fracture",
    "broken": "fracture", "broke": "fracture",
    "hx": "history", "fhx": "family history", "fam": "family",
    "rt": "right", "lt": "left", "bilat": "bilateral", "bil": "bilateral",
    "exac": "exacerbation", "exacerb": "exacerbation", "exacerbated": "exacerbation", "aecopd": "copd exacerbation",
    "dm": "diabetes", "diabetic": "diabetes", "diabetics": "diabetes", "niddm": "type 2 diabetes",
    "dm2": "type 2 diabetes", "t2dm": "type 2 diabetes", "t2d": "type 2 diabetes", "dmii": "type 2 diabetes",
    "dm1": "type 1 diabetes", "t1dm": "type 1 diabetes", "t1d": "type 1 diabetes", "dmi": "type 1 diabetes",
    "iddm": "type 1 diabetes",
    "metastasis": "mets", "metastases": "mets", "metastatic": "mets",
    "chf": "heart failure", "hf": "heart failure", "afib": "atrial fibrillation", "aflutter": "atrial flutter",
    "htn": "hypertension", "pna": "pneumonia", "etoh": "alcohol", "bx": "biopsy", "bxs": "biopsy", "bxd": "biopsy",
    "biopsies": "biopsy", "cath": "catheterization", "cva": "stroke", "od": "overdose", "ods": "overdose",
    "preg": "pregnancy", "pregnant": "pregnancy", "abd": "abdominal", "abdomen": "abdominal", "belly": "abdominal",
    "resp": "respiratory", "pulm": "pulmonary", "renal": "kidney", "hepatic": "liver", "gastric": "stomach",
    "infxn": "infection", "infected": "infection", "infections": "infection", "abscesses": "abscess",
    "decub": "decubitus", "lac": "laceration", "lacs": "laceration", "ulcers": "ulcer", "burns": "burn",
    "inj": "injection", "w": "", "yo": "", "yr": "", "unspec": "unspecified", "wks": "weeks", "wk": "weeks",
    "wounds": "wound", "thrombotic": "thrombosis", "embolic": "embolism", "stenotic": "stenosis",
    "1st": "first", "2nd": "second", "3rd": "third", "4th": "fourth", "5th": "fifth", "6th": "sixth",
    "7th": "seventh", "8th": "eighth", "surg": "surgery", "replacements": "replacement", "preop": "preoperative",
    "postop": "postoperative", "postoperatively": "postoperative", "mos": "months", "hrs": "hours", "hr": "hours",
    "chemotherapy": "chemo", "neuropathic": "neuropathy", "arthritic": "arthritis", "lap": "laparoscopic",
    "laparoscopically": "laparoscopic", "perc": "percutaneous", "repl": "replacement", "replaced": "replacement",
    "removed": "removal", "remove": "removal", "legs": "leg", "arms": "arm", "knees": "knee", "hips": "hip",
    "toes": "toe", "fingers": "finger", "feet": "foot", "hands": "hand", "eyes": "eye", "ears": "ear",
}  # fmt: skip


# A kind and its number are one word to the reader: "foot ulcer type 2" must not lose its 2 to "stage 2".
_KINDS = frozenset({"type", "stage", "class"})
_NUMBERS = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "one": "1", "two": "2", "three": "3", "four": "4"}
_JOINED = re.compile(r"(type|stage|class)([1-9][ab]?)")


def shorthand_for(beginning: str) -> set[str]:
    """The short forms that begin so."""
    return {word for word in _SPELLED_OUT if word.startswith(beginning)}


def is_shorthand(word: str) -> bool:
    return word in _SPELLED_OUT


def spell_out(typed: tuple[str, ...]) -> tuple[str, ...]:
    """The same words with every short form written out, and a kind joined to its number."""
    spelled: list[str] = []
    for word in typed:
        for part in _SPELLED_OUT.get(word, word).split():
            number = _NUMBERS.get(part, part)
            if spelled and spelled[-1] in _KINDS and _JOINED.fullmatch(spelled[-1] + number):
                spelled[-1] += number
            else:
                spelled.append(part)
    return tuple(spelled)


def parts_of(word: str) -> tuple[str, ...]:
    """A joined kind and number as the titles write them, any other word as it is."""
    joined = _JOINED.fullmatch(word)
    return joined.groups() if joined else (word,)
