"""Where bytes are below the root of a storage: a relative key that cannot lead out of it."""

import re

_NOT_LEGAL = re.compile(r"(?:\A|/)\.{0,2}(?:/|\Z)|\0")
"""A name that is empty, `.` or `..`, or NUL."""


class Key(str):
    """Names joined by `/`, relative to a root: `models/v1/card.html`. The empty key is the root itself.

    Each name is not empty, not `.`, not `..`, and holds no NUL; everything else is legal, as landed files have the
    names that others gave them. A name that is not UTF-8 holds the surrogates of PEP 383.

    Example:
        >>> Key("models") / "v1" / "card.html"
        'models/v1/card.html'
        >>> Key("models/v1").parent, Key("models/v1").name
        ('models', 'v1')
    """

    __slots__ = ()

    def __new__(cls, text: str = "") -> "Key":
        """The key of that text.

        Raises:
            ValueError: The text is absolute, or has a name that is not legal.
        """
        if text and _NOT_LEGAL.search(text):
            raise ValueError(
                f"got the key {text!r}; legal: names joined by single '/', relative, none of them '.' or '..' or with "
                "NUL; name a place below the root"
            )
        return super().__new__(cls, text)

    def __truediv__(self, below: str) -> "Key":
        """The key of something below this one."""
        inner = below if isinstance(below, Key) else Key(below)
        return super().__new__(Key, self + "/" + inner) if self and inner else inner or self  # legal, as both are

    @property
    def name(self) -> str:
        """The last name; empty of the root."""
        return self.rpartition("/")[2]

    @property
    def parent(self) -> "Key":
        """The key without its last name; the root's is the root."""
        return Key(self.rpartition("/")[0])

    def relative_to(self, prefix: str) -> "Key":
        """The rest of a key that is below `prefix`.

        Raises:
            ValueError: It is not below it.
        """
        if not prefix or self == prefix:
            return self if not prefix else ROOT
        if not self.startswith(f"{prefix}/"):
            raise ValueError(f"got the key {str(self)!r}; legal: a key below {str(prefix)!r}")
        return Key(self[len(prefix) + 1 :])


ROOT = Key()
