"""Rules for answers: each filter returns nothing when an answer is good, else a sentence with rule and example."""

import re
import unicodedata

from jinja2 import Environment
from jinja2.ext import Extension

# The longest derived name is an IAM role, of at most 64 characters: <platform>-<environment>-<project>-execution.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
PLATFORM_NAME_MAX = 16
ENVIRONMENT_NAME_MAX = 12
PROJECT_NAME_MAX = 24

_WORDS = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_HOST_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_TAG_SYMBOLS = frozenset("+-=._:/@ ")
# Unicode Bidirectional Algorithm, explicit formatting characters: they can make text read other than it is.
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# Names that PostgreSQL or AWS keep for themselves.
_RESERVED = frozenset({"aws", "postgres", "public", "rdsadmin", "template0", "template1"})


def refuse_bad_project_name(name: str) -> str:
    if not _WORDS.fullmatch(name) or not 2 <= len(name) <= PROJECT_NAME_MAX:
        return (
            f"A name has 2 to {PROJECT_NAME_MAX} lowercase letters, digits and single hyphens and starts with a "
            "letter, as in: orders-api"
        )
    if name in _RESERVED:
        return f'"{name}" is a name that PostgreSQL or AWS keeps for itself; take another, as in: orders-api'
    return ""


def refuse_bad_platform_name(name: str) -> str:
    if not _WORDS.fullmatch(name) or not 2 <= len(name) <= PLATFORM_NAME_MAX:
        return (
            f"A platform's name has 2 to {PLATFORM_NAME_MAX} lowercase letters, digits and single hyphens and starts "
            "with a letter, as in: zeus"
        )
    # https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
    if name.startswith(("aws", "ssm")):
        return "A platform's name begins with neither aws nor ssm, which the Parameter Store refuses; as in: zeus"
    return ""


def refuse_bad_environments(answer: str) -> str:
    names = answer.replace(",", " ").split()
    good = names and all(re.fullmatch(r"[a-z][a-z0-9]*", name) and len(name) <= ENVIRONMENT_NAME_MAX for name in names)
    if not good or "\n" in answer:
        return (
            f"Environments are names of at most {ENVIRONMENT_NAME_MAX} lowercase letters and digits, separated by "
            "spaces, as in: dev prod"
        )
    if len(set(names)) < len(names):
        return "Each environment stands once, as in: dev prod"
    if len(names) > 5:
        return "At most 5 environments, as in: dev staging prod"
    if reserved := sorted({"false", "n", "no", "null", "off", "on", "true", "y", "yes"}.intersection(names)):
        return f'YAML takes "{reserved[0]}" for a value of its own; take another name, as in: dev prod'
    if "local" in names:
        return '"local" is a person\'s own machine, where weak passwords are fine; take another, as in: dev prod'
    return ""


def refuse_bad_text(text: str, longest: int) -> str:
    if not text.strip() or text != text.strip():
        return "The text is not empty and has no space at its ends, as in: Takes orders."
    if len(text) > longest:
        return f"The text has at most {longest} characters (this one has {len(text)}), as in: Takes orders."
    if any(_is_unprintable(character) for character in text):
        return (
            "The text is one line without control characters (line breaks, tabs, writing-direction marks), as in: "
            "Takes orders."
        )
    return ""


def refuse_bad_tag(text: str, longest: int) -> str:
    # https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
    if problem := refuse_bad_text(text, longest):
        return problem.replace("Takes orders.", "platform-team")
    if not all(character.isalpha() or character.isdecimal() or character in _TAG_SYMBOLS for character in text):
        return "AWS tags take letters, digits, spaces and + - = . _ : / @ only, as in: platform-team or ada@example.com"
    return ""


def refuse_bad_host_name(name: str, first_label_max: int = 63) -> str:
    labels = name.split(".")
    if (
        len(labels) < 2
        or len(name) > 253
        or not all(_HOST_LABEL.fullmatch(label) and len(label) <= 63 for label in labels)
    ):
        return (
            "A host name is two or more labels of lowercase letters, digits and hyphens, joined by dots, as in: "
            "orders.example.com"
        )
    if labels[-1].isdecimal():
        return "A host name is not an IP address, as in: orders.example.com"
    if len(labels[0]) > first_label_max:
        return (
            f"The first label has at most {first_label_max} characters, which leaves room for an environment's name, "
            "as in: orders.example.com"
        )
    return ""


def refuse_bad_git_path(path: str) -> str:
    # https://docs.gitlab.com/user/reserved_names/
    parts = path.split("/")
    good = all(
        re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", part) and not part.endswith((".", ".git", ".atom"))
        for part in parts
    )
    if len(parts) < 2 or len(path) > 255 or not good:
        return (
            "A project's path is its groups and its name, of letters, digits, _ . and -, joined by slashes, as in: "
            "acme/backend/orders"
        )
    return ""


def refuse_bad_account_id(account: str) -> str:
    if not re.fullmatch(r"[0-9]{12}", account):
        return "An AWS account id has 12 digits and no hyphens, as in: 123456789012"
    return ""


def refuse_bad_region(region: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+){1,2}-[1-9]", region):
        return "An AWS region is an area, a direction and a number, as in: eu-central-1"
    return ""


def _is_unprintable(character: str) -> bool:
    category = unicodedata.category(character)
    noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return category in {"Cc", "Cs", "Zl", "Zp"} or character in _BIDI or character == "\ufeff" or noncharacter


class Validation(Extension):
    """Makes the rules available to copier.yml."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        for rule in (
            refuse_bad_account_id,
            refuse_bad_environments,
            refuse_bad_git_path,
            refuse_bad_host_name,
            refuse_bad_platform_name,
            refuse_bad_project_name,
            refuse_bad_region,
            refuse_bad_tag,
            refuse_bad_text,
        ):
            environment.filters[rule.__name__] = rule
