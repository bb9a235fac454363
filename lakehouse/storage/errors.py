"""What a storage refuses, by reason. Each is an OSError too: `errno`, `strerror`, and the place in `filename`."""

import errno


class StorageError(OSError):
    """A storage could not do what was asked, for a reason of the system: a broken disk, a lost mount."""

    advice = "look at the disk or the mount, then run the same command again"

    def __str__(self) -> str:
        """What was got, where, and what to do."""
        return f"{self.filename}: {self.strerror}; {self.advice}"


class MissingError(StorageError, FileNotFoundError):
    """Nothing has that key, or the root is not there."""

    advice = "name a key that is there"


class PresentError(StorageError, FileExistsError):
    """Something has that key already, and it was asked for none to have it."""

    advice = "another writer was first; take what is there, or choose another key"


class ForbiddenError(StorageError, PermissionError):
    """The rights of the place do not allow it, or it is mounted for reading only."""

    advice = "correct its permissions, or run as its owner"


class FullError(StorageError):
    """No space or no quota is left. What was there before is there still."""

    advice = "free some space, then run the same command again"


class BusyError(StorageError, BlockingIOError):
    """Another holder has the lock."""

    advice = "wait for its holder"


class NoFolderError(StorageError, NotADirectoryError):
    """A file is where the root, or a name on the way to the key, has to be a folder."""

    advice = "name a folder, or move the file away"


_BY_ERRNO: dict[int, type[StorageError]] = {
    errno.ENOENT: MissingError,
    errno.EEXIST: PresentError,
    errno.EACCES: ForbiddenError,
    errno.EPERM: ForbiddenError,
    errno.EROFS: ForbiddenError,
    errno.ENOSPC: FullError,
    errno.EDQUOT: FullError,
    errno.EAGAIN: BusyError,
    errno.ENOTDIR: NoFolderError,
}


def typed(error: OSError, place: str) -> StorageError:
    """The error of a storage for one of the system's, about `place`."""
    kind = _BY_ERRNO.get(error.errno or 0, StorageError)
    return kind(error.errno, error.strerror or str(error), place)
