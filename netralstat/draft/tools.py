"""Columns that each tool adds to an export by itself: what an export is known by."""

from __future__ import annotations

_WRITTEN = """
kobo: _id, _uuid, _submission_time, _validation_status, _notes, _status, _submitted_by, __version__, _tags
kobo: _index, meta/instanceID, formhub/uuid, meta/rootUuid
ona: _id, _uuid, _submission_time, _submitted_by, _version, _tags, _notes, _duration, _edited, _media_count
ona: _total_media, _media_all_received, _xform_id, _date_modified, _bamboo_dataset_id, _review_status
odk_central: KEY, SubmissionDate, SubmitterID, SubmitterName, AttachmentsPresent, AttachmentsExpected, Status
odk_central: ReviewState, DeviceID, Edits, FormVersion, meta-instanceID, meta-instanceName
limesurvey: submitdate, lastpage, startlanguage, startdate, datestamp, seed, refurl, token
limesurvey: Response ID, Date submitted, Last page, Start language, Date started, Seed
limesurvey: ID Respons, Tanggal pengiriman, Halaman terakhir, Bahasa awal
google_forms: Timestamp, Stempel waktu, Cap waktu, Email Address, Alamat email
qualtrics: StartDate, EndDate, Status, IPAddress, Progress, Duration (in seconds), Finished, RecordedDate
qualtrics: ResponseId, DistributionChannel, UserLanguage, ExternalReference
redcap: record_id, redcap_event_name, redcap_survey_identifier, redcap_repeat_instrument
redcap: redcap_repeat_instance, redcap_data_access_group
"""

ONA_ALONE = frozenset({"_media_count", "_total_media", "_xform_id", "_bamboo_dataset_id"})
"""Ona and KoboToolbox grew out of one program; only Ona counts media."""

IMPORT_ID = '{"ImportId"'
"""Starts the cells of Qualtrics' third header row."""

FEW = {"google_forms": 1, "redcap": 1}
"""How many columns are enough to know a tool; two elsewhere."""


def _marks() -> dict[str, frozenset[str]]:
    marks: dict[str, frozenset[str]] = {}
    for line in _WRITTEN.strip().split("\n"):
        kind, _, names = line.partition(": ")
        marks[kind] = marks.get(kind, frozenset()) | frozenset(names.split(", "))
    return marks


MARKS = _marks()
"""By kind, the columns that it adds."""
