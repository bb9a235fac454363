"""What can be wrong with a bundle, one class per reason."""


class BundleError(Exception):
    """Root of every refusal of this package."""


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


class TermError(BundleError):
    """A bundle whose time is over, or that a later bundle has ruled out."""
