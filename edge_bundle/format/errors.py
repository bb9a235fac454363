"""What can be wrong with a bundle, one class per reason."""

LONGEST = 600
"""Characters of a message: a bundle's texts are in it, and one may have a megabyte."""


class BundleError(Exception):
    """Root of every refusal of this package. Its message is one line of at most `LONGEST` characters."""

    def __str__(self) -> str:
        """The message."""
        return one_line(super().__str__())


class CanonicalJsonError(BundleError):
    """Bytes that are not canonical JSON, or a value that canonical JSON cannot hold."""


class ArchiveError(BundleError):
    """A tar file that is not exactly the one the packer would have written."""


class SignatureError(BundleError):
    """A manifest that too few trusted keys have signed, or a signature that does not hold."""


class KeyFormatError(SignatureError):
    """Bytes that are not an Ed25519 key."""


class ManifestError(BundleError):
    """A manifest with a missing, unknown, or contradictory field."""


class MemberError(BundleError):
    """A member whose bytes differ from what the manifest states, or that is not there."""


class ModelBlobError(BundleError):
    """A model blob that would let a walk leave its bounds, or that is not in its one legal form."""


class RowError(BundleError):
    """A feature row of the wrong length or type."""


class KernelError(BundleError):
    """A scoring library that cannot be loaded here or has another interface."""


class GoldenError(BundleError):
    """Golden vectors that this machine does not reproduce bit for bit."""


class CompatibilityError(BundleError):
    """A bundle for other plants, other hardware, or a newer runtime."""


class ValidityError(BundleError):
    """A bundle whose time is over, or that a later bundle has ruled out."""


def one_line(text: str) -> str:
    """The text as one printable line of about `LONGEST` characters: its middle left out, other characters escaped."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2 - 3]} ... {text[3 - LONGEST // 2 :]}"
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(character: str) -> str:
    return character if character.isprintable() else ascii(character)[1:-1]
