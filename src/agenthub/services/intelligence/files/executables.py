"""Programs: recognised by their first bytes, and refused when they are called something else."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Executable:
    """A kind of program; `names` are the endings and `types` the media types by which it goes openly."""

    media_type: str
    names: frozenset[str]
    types: frozenset[str]


def _kind(media_type: str, names: str, types: str = "") -> Executable:
    known = frozenset({media_type, "application/octet-stream", "", *types.split()})
    return Executable(media_type, frozenset({"", *names.split()}), known)


_WINDOWS = _kind(
    "application/vnd.microsoft.portable-executable",
    "exe dll sys scr com ocx cpl efi drv mui node pyd xll",
    "application/x-msdownload application/x-dosexec application/exe application/x-exe application/x-msdos-program",
)
_ELF = _kind(
    "application/x-elf",
    "so o ko elf bin run axf out appimage",
    "application/x-executable application/x-sharedlib application/x-object application/x-pie-executable",
)
_MACH = _kind("application/x-mach-binary", "dylib o bundle bin", "application/x-executable")
_JAVA = _kind("application/java-vm", "class dylib", "application/x-java application/x-mach-binary")
_WASM = _kind("application/wasm", "wasm")
_DEX = _kind("application/vnd.android.dex", "dex")
_SHORTCUT = _kind("application/x-ms-shortcut", "lnk")
_SCRIPT = _kind(
    "text/x-script",
    "sh bash zsh fish ksh command py pl rb js mjs cjs ts php lua awk tcl r txt md in",
    "text/plain text/markdown text/x-sh text/x-shellscript application/x-sh text/x-python text/x-perl "
    "text/javascript application/javascript application/x-shellscript application/x-python-code",
)

_SIGNATURES = (
    (b"\x7fELF", _ELF),
    (b"\xfe\xed\xfa\xce", _MACH),
    (b"\xfe\xed\xfa\xcf", _MACH),
    (b"\xce\xfa\xed\xfe", _MACH),
    (b"\xcf\xfa\xed\xfe", _MACH),
    (b"\xca\xfe\xba\xbe", _JAVA),
    (b"\0asm", _WASM),
    (b"dex\n", _DEX),
    (b"\x4c\0\0\0\x01\x14\x02\0", _SHORTCUT),
)
_DOS_HEADER = 64


def kind_of(head: bytes) -> Executable | None:
    """The kind of program that begins so, or None."""
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    # Text may begin with the letters MZ; a DOS header is 64 bytes with zeros among them.
    if head.startswith(b"MZ") and b"\0" in head[:_DOS_HEADER]:
        return _WINDOWS
    if head.startswith((b"#!/", b"#! /")):
        return _SCRIPT
    return None


def is_disguised(kind: Executable, ending: str, declared: str) -> bool:
    """Whether the ending of the name or the declared media type says that this is no program."""
    return ending not in kind.names or declared not in kind.types
