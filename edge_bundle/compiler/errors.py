"""Why a model cannot be compiled or a bundle cannot be built."""


class CompileError(Exception):
    """Root of every refusal of the compiler."""


class UnsupportedModelError(CompileError):
    """A model that the kernel cannot score bit for bit: another booster, objective, or shape."""


class ModelFileError(CompileError):
    """A file that is not the model format it should be."""


class KernelBuildError(CompileError):
    """The C compiler failed or is not there."""


class SealError(CompileError):
    """Members or keys that do not make a bundle."""


class ModelFolderError(CompileError):
    """A model folder that is not of its form; the message has the place of the fault."""
