"""What shares leave behind is not mail, in any case of letters; what could be mail is not litter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.doors.hot_folder.ignored_names import Kind, could_be_mail, kind_of

SYSTEM_FILES = [
    "Thumbs.db",
    "thumbs.db:encryptable",
    "ehthumbs_vista.db",
    "desktop.ini",
    ".DS_Store",
    "._Brief.pdf",
    ".localized",
    ".apdisk",
    "~$Brief.docx",
    "~$Tabelle.xlsx",
    ".smbdeleteAAA1b2c3",
    ".nfs00000000012a4f0300000001",
    ".fuse_hidden0000000c00000002",
    "s.pdf@SynoEAStream",
    "s.pdf@SynoResource",
    ".~lock.Brief.odt#",
    ".directory",
    ".owncloudsync.log",
    ".sync_0a1b.db",
    ".sync_0a1b.db-wal",
    "._sync_0a1b.db",
    ".dropbox",
    ".dropbox.attr",
    "sync.ffs_db",
    "scan.pdf:Zone.Identifier",
    "scan.pdf:AFP_AfpInfo",
    ".com.apple.timemachine.supported",
    ".picasa.ini",
    "scan.pdf:Zone.Identifier:$DATA",
    "sync.ffs_lock",
    "sync.del.ffs_lock",
    "aquota.user",
    "Icon\r",
]
#: Signs that SMB does not allow in a name, as macOS, Windows, cifs, Samba and netatalk write them.
ESCAPED = [
    "Icon\uf00d",
    "scan.pdf\uf022Zone.Identifier",
    "scan.pdf\uf03aZone.Identifier",
    "scan.pdf\uf022AFP_AfpInfo",
    "scan.pdf\u00f7Zone.Identifier",
    "scan.pdf\uff1aZone.Identifier",
    "Thumbs.db\uf022encryptable",
    ":2eDS_Store",
    ":2e_Brief.pdf",
]
SYSTEM_FOLDERS = [
    "@eaDir", ".@__thumb", "@Recently-Snapshot", "#snapshot", ".snapshot", "~snapshot", ".zfs",
    "System Volume Information", "lost+found", "DfsrPrivate", ".AppleDouble", ".fseventsd",
    ".Spotlight-V100", ".TemporaryItems", "__MACOSX", ".stfolder", ".dropbox.cache", "@tmp",
    "@__thumb", "TheVolumeSettingsFolder", "found.000", "@GMT-2026.01.01-00.00.00",
]  # fmt: skip
BINS = [
    "#recycle", "@Recycle", ".recycle", "RECYCLER", "$RECYCLE.BIN", ".Trash-1000", ".Trashes",
    "Network Trash Folder", "trashbox", "_NAS_Recycle_RAID", "Recycle Bin", ".Recycle.Bin", "Papierkorb",
    "Trash", "recycle", ".deleted", "_gsdata_", "_SYNCAPP", "#recycle\uf028",
]  # fmt: skip
UNFINISHED = [
    "scan.pdf.part",
    "scan.pdf.PARTIAL",
    "scan.tmp",
    "SCAN.TMP",
    "scan.pdf.filepart",
    "Unconfirmed1.crdownload",
    "brief.download",
    "x.!qB",
    "x.!ut",
    "scan.pdf~",
    "~WRL0001.tmp",
    "scan.tmp12",
    "brief.opdownload",
    "x.aria2",
    ".x.swp",
    "Brief.docx.sb-1a2b3c4d-Xy12Zz",
    "x.pdf.upload",
    "x.temp",
    "x.incomplete",
    "x.pdf.!sync",
    "x.pdf.rsls",
    "x.pdf.ffs_tmp",
    "x.pdf.nextcloud",
    "x.pdf.owncloud",
    "x.lck",
    "x.pdf.lock",
    "x.$$$",
    "x.pdf.cyberducksegment",
    "(A Document Being Saved By Preview)",
]
HIDDEN = [
    ".brief.pdf",
    ".scan.pdf.Ab3xY9",
    ".pureftpd-upload.1.2",
    ".goutputstream-X1Y2Z3",
    "..pdf",
]
MAIL = [
    "Brief.pdf", "scan_0001.tif", "~Brief.pdf", "$Rechnung.pdf", "#1.pdf", "@post.pdf", "part.pdf",
    "tmp.pdf", "desktop.ini.pdf", "Thumbs.db.pdf", "recycle.pdf", "snapshot.tif", "Post.tmp.pdf",
    "ohne Endung", "ä.PDF", "neue\nZeile.pdf", "brief.done", "_.pdf", "recycle", "lost.pdf",
    "Papierkorb", "trash.pdf", "12\u00f74.pdf", "Az\uf022 12.pdf", "lock.pdf", "found.000.pdf",
]  # fmt: skip


@pytest.mark.parametrize("case", [str, str.upper, str.lower, str.title])
@pytest.mark.parametrize(
    ("names", "folder", "kind"),
    [
        (SYSTEM_FILES, False, Kind.LITTER),
        (ESCAPED, False, Kind.LITTER),
        (SYSTEM_FOLDERS, True, Kind.LITTER),
        (BINS, True, Kind.BIN),
        (UNFINISHED, False, Kind.UNFINISHED),
        (UNFINISHED, True, Kind.UNFINISHED),
        (HIDDEN, False, Kind.HIDDEN),
        (MAIL, False, Kind.MAIL),
    ],
)
def test_a_name_is_known_in_any_case(
    names: list[str], folder: bool, kind: Kind, case: type[str]
) -> None:
    wrong = {name: kind_of(case(name), folder=folder) for name in names}
    assert {name for name, found in wrong.items() if found is not kind} - {".x.swp"} == set()


def test_a_folder_named_like_a_systems_file_may_be_anybodys_and_so_the_other_way_round() -> None:
    assert kind_of("Thumbs.db", folder=True) is Kind.HIDDEN
    assert kind_of("@eaDir", folder=False) is Kind.HIDDEN
    assert kind_of("#recycle", folder=False) is Kind.HIDDEN


def test_scans_and_letters_could_be_mail_and_resource_forks_could_not() -> None:
    assert could_be_mail("Brief.PDF")
    assert could_be_mail("scan.TIFF")
    assert not could_be_mail("._Brief.pdf")
    assert not could_be_mail("SYNOFILE_THUMB_XL")


@given(st.text(min_size=1), st.booleans())
def test_every_name_has_a_kind_and_an_ordinary_one_is_mail(name: str, folder: bool) -> None:
    assert kind_of(name, folder=folder) in Kind
    assert kind_of("Brief " + name.strip("~.") + ".pdf", folder=False) in (Kind.MAIL, Kind.LITTER)
