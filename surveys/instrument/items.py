"""The questions about facts and acts: rows of the `survey` sheet in the order they are asked, id and en."""

from __future__ import annotations

from dataclasses import dataclass, field

from choices import FORMS, exclusive_options

ANSWERED = ("select_one", "select_multiple", "integer", "text")

ANONYMOUS = (
    "Jawaban ini anonim: nama, NIP, dan nomor telepon tidak dicatat, dan hasil hanya disajikan sebagai angka "
    "gabungan. Bapak/Ibu boleh memilih “Tidak bersedia menjawab”.",
    "This answer is anonymous: no name, staff number or telephone number is recorded, and results are shown "
    "only as totals. You may choose “Prefer not to answer”.",
)
SEVERAL = ("Boleh memilih lebih dari satu jawaban.", "You may choose more than one answer.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row of the `survey` sheet.

    Pairs are (Indonesian, English); `tags` become the columns `nst_<key>`.
    """

    type: str
    name: str = ""
    label: tuple[str, str] = ("", "")
    hint: tuple[str, str] = ("", "")
    required: bool = True
    relevant: str = ""
    constraint: str = ""
    message: tuple[str, str] = ("", "")
    calculation: str = ""
    appearance: str = ""
    tags: dict[str, str | int] = field(default_factory=dict)

    @property
    def is_required(self) -> bool:
        """Whether an answer must be given: every question that takes one, unless told otherwise."""
        return self.required and self.type.split()[0] in ANSWERED


def group(
    name: str, label: tuple[str, str], rows: list[Row], *, relevant: str = "", paged: bool = True
) -> list[Row]:
    """Rows between `begin_group` and `end_group`; a paged group shows its questions on one screen."""
    appearance = "field-list" if paged else ""
    head = Row(type="begin_group", name=name, label=label, relevant=relevant, appearance=appearance)
    return [head, *rows, Row(type="end_group")]


def several(
    list_name: str,
    name: str,
    label: tuple[str, str],
    *,
    sensitive: bool,
    relevant: str = "",
    **tags: str | int,
) -> Row:
    """A multiple-choice question whose "none" and "no answer" options stand alone."""
    alone = exclusive_options(list_name)
    ticked = " or ".join(f"selected(., '{option.name}')" for option in alone)
    hint = (f"{SEVERAL[0]} {ANONYMOUS[0]}", f"{SEVERAL[1]} {ANONYMOUS[1]}")
    return Row(
        type=f"select_multiple {list_name}",
        name=name,
        label=label,
        hint=hint if sensitive else SEVERAL,
        relevant=relevant,
        constraint=f"count-selected(.) = 1 or not({ticked})",
        message=(
            "Tidak dapat digabungkan dengan jawaban lain: "
            + "; ".join(option.label_id for option in alone)
            + ".",
            "Cannot be combined with another answer: " + "; ".join(option.label_en for option in alone) + ".",
        ),
        tags={**tags, "sensitivity": "high" if sensitive else ""},
    )


def has_real_option(item: str) -> str:
    """Skip logic: `item` names at least one act, neither "none" nor "refused"."""
    return (
        f"count-selected(${{{item}}}) > 0 and not(selected(${{{item}}}, 'none'))"
        f" and not(selected(${{{item}}}, 'refused'))"
    )


def metadata() -> list[Row]:
    """Times, the arm of the list experiment, and who conducted the interview."""
    return [
        Row(type="start", name="start", tags={"role": "paradata"},
            label=("Waktu mulai pengisian", "Time the form was opened")),
        Row(type="end", name="end", tags={"role": "paradata"},
            label=("Waktu selesai pengisian", "Time the form was finished")),
        Row(type="today", name="today", tags={"role": "paradata"},
            label=("Tanggal pengisian", "Date of the interview")),
        Row(type="calculate", name="list_u", calculation="once(random())",
            label=("Bilangan acak percobaan daftar", "Random number of the list experiment"),
            tags={"role": "experiment", "experiment": "list:draw"}),
        Row(type="calculate", name="list_arm", calculation="if(${list_u} < 0.5, 'control', 'treatment')",
            label=("Kelompok percobaan daftar", "Arm of the list experiment"),
            tags={"role": "experiment", "experiment": "list:arm"}),
        Row(type="hidden", name="interviewer", tags={"role": "design"},
            label=("Kode pewawancara", "Code of the interviewer")),
    ]  # fmt: skip


def screening() -> list[Row]:
    """Consent and employment: who goes on to the questionnaire."""
    return [
        Row(
            type="note",
            name="intro",
            label=(
                "Survei ini mengukur netralitas aparatur sipil negara pada pemilihan terakhir (pemilu atau "
                "pilkada) di wilayah tugas Bapak/Ibu. Keikutsertaan bersifat sukarela dan jawaban bersifat "
                "anonim: nama, NIP, nomor telepon, dan lokasi perangkat tidak dicatat. Hasil hanya disajikan "
                "sebagai angka gabungan dan tidak akan dipakai untuk memeriksa perorangan. Bapak/Ibu boleh "
                "melewati bagian yang tidak ingin dijawab dengan memilih “Tidak bersedia menjawab” dan boleh "
                "berhenti kapan saja.",
                "This survey measures the neutrality of the civil service in the last election (general or "
                "regional) where you work. Taking part is voluntary and answers are anonymous: no name, "
                "staff number, telephone number or device location is recorded. Results are shown only as "
                "totals and will not be used to investigate a person. Wherever you prefer not to answer you "
                "may choose “Prefer not to answer”, and you may stop at any time.",
            ),
            tags={"role": "info"},
        ),
        Row(type="select_one yes_no", name="consent", tags={"role": "consent"},
            label=("Apakah Bapak/Ibu bersedia mengikuti survei ini?",
                   "Do you agree to take part in this survey?")),
        Row(type="select_one employment", name="employment", relevant="${consent} = 'yes'",
            label=("Apa status kepegawaian Bapak/Ibu?", "What is your employment status?"),
            tags={"role": "screening", "source": "LAW2023; KUPANG2024"}),
        Row(type="calculate", name="eligible",
            label=("Memenuhi syarat sebagai responden", "Eligible as a respondent"),
            calculation="if(${consent} = 'yes' and selected('pns pppk ptt', ${employment}), 1, 0)",
            tags={"role": "screening"}),
    ]  # fmt: skip


def background() -> list[Row]:
    """Where and as what the respondent works: strata, domains and covariates."""
    return [
        Row(type="select_one province", name="province", appearance="minimal autocomplete",
            label=("Di provinsi mana Bapak/Ibu bertugas?", "In which province do you work?"),
            tags={"role": "domain", "source": "LAMPUNG2021"}),
        Row(type="text", name="district", appearance="numbers", constraint="regex(., '^[0-9]{4}$')",
            label=("Kode kabupaten/kota tempat Bapak/Ibu bertugas",
                   "Code of the regency or city where you work"),
            hint=("Empat angka kode Kemendagri, misalnya 5371 untuk Kota Kupang. Pegawai pemerintah provinsi "
                  "mengisi kode provinsi diikuti 00, misalnya 5300.",
                  "The four digits of the Ministry of Home Affairs, for example 5371 for Kupang City. Staff "
                  "of the provincial government enter the province code followed by 00, for example 5300."),
            message=("Kode terdiri atas tepat empat angka.", "The code has exactly four digits."),
            tags={"role": "domain", "source": "KASN2021"}),
        Row(type="select_one agency", name="agency",
            label=("Di jenis instansi apa Bapak/Ibu bekerja?", "In which type of agency do you work?"),
            tags={"role": "demographic", "source": "LAN2023"}),
        Row(type="select_one position", name="position",
            label=("Apa jenis jabatan Bapak/Ibu?", "What type of position do you hold?"),
            hint=("Administrator setara eselon III; Pengawas setara eselon IV.",
                  "Administrator corresponds to echelon III, Supervisor to echelon IV."),
            tags={"role": "domain", "source": "KASN2021"}),
        Row(type="select_one functional_field", name="functional_field", relevant="${position} = "
                                                                                  "'functional'",
            label=("Apa bidang jabatan fungsional Bapak/Ibu?", "In which field is your functional position?"),
            tags={"role": "demographic", "source": "KASN2021"}),
        Row(type="select_one grade", name="grade",
            label=("Apa golongan Bapak/Ibu?", "What is your grade?"), tags={"role": "demographic"}),
        Row(type="select_one sex", name="sex",
            label=("Apa jenis kelamin Bapak/Ibu?", "What is your sex?"), tags={"role": "demographic"}),
        Row(type="integer", name="age", constraint=". >= 18 and . <= 70",
            label=("Berapa umur Bapak/Ibu pada ulang tahun terakhir (tahun)?",
                   "How old were you on your last birthday?"),
            message=("Umur harus antara 18 dan 70 tahun.", "Age must lie between 18 and 70 years."),
            tags={"role": "demographic"}),
        Row(type="select_one education", name="education",
            label=("Apa pendidikan terakhir yang Bapak/Ibu tamatkan?",
                   "What is the highest education you completed?"),
            tags={"role": "demographic"}),
        Row(type="integer", name="tenure", constraint=". >= 0 and . <= ${age} - 15",
            label=("Berapa tahun masa kerja Bapak/Ibu di pemerintahan?",
                   "For how many full years have you worked in government?"),
            message=("Masa kerja tidak boleh negatif atau melebihi umur dikurangi 15 tahun.",
                     "Years of service cannot be negative or exceed age minus 15."),
            tags={"role": "demographic"}),
        Row(type="select_one yes_no_dr", name="incumbent_ran",
            label=("Apakah kepala daerah petahana maju kembali dalam pemilihan kepala daerah terakhir di "
                   "wilayah tugas Bapak/Ibu?",
                   "Did the incumbent regional head run again in the last regional election where you work?"),
            tags={"role": "context", "source": "LAN2023"}),
    ]  # fmt: skip


def witnessed() -> list[Row]:
    """The sixteen forms, each as seen in the respondent's own agency."""
    return [
        Row(type="select_one yes_no_dr", name=f"witnessed_{number:02d}", label=(label_id, label_en),
            tags={"role": "witnessed", "form": number, "sensitivity": "medium",
                  "source": f"SKB2020 no. {number}"})
        for number, (_, label_id, label_en) in enumerate(FORMS, start=1)
    ]  # fmt: skip


def experience() -> list[Row]:
    """What was asked of the respondent, by whom, and what the respondent did, and why."""
    return [
        several("form", "asked",
                ("Pada pemilihan terakhir, perbuatan mana saja yang pernah diminta orang lain untuk "
                 "Bapak/Ibu lakukan?",
                 "In the last election, which of these acts did somebody ask you to do?"),
                sensitive=True, role="asked", modality="politicization", source="SKB2020"),
        several("pressure", "pressured",
                ("Pada pemilihan terakhir, apa saja yang pernah dilakukan orang lain kepada Bapak/Ibu agar "
                 "mendukung calon atau partai tertentu?",
                 "In the last election, which of these were done to you so that you would support a "
                 "candidate or party?"),
                sensitive=True, role="pressured", modality="politicization",
                source="KASN2021; KASN2022; LAN2023"),
        several("actor", "pressured_by",
                ("Siapa saja yang melakukan hal tersebut kepada Bapak/Ibu?", "Who did this to you?"),
                sensitive=True, relevant=has_real_option("pressured"),
                role="actor", modality="politicization", source="KASN2021; KASN2022"),
        several("form", "done",
                ("Pada pemilihan terakhir, perbuatan mana saja yang pernah Bapak/Ibu lakukan?",
                 "In the last election, which of these acts did you do yourself?"),
                sensitive=True, role="done", modality="politicking", source="SKB2020"),
        Row(type="select_one initiative", name="done_initiative", relevant=has_real_option("done"),
            label=("Atas prakarsa siapa Bapak/Ibu melakukan perbuatan tersebut?",
                   "On whose initiative did you do this?"),
            hint=ANONYMOUS,
            tags={"role": "initiative", "modality": "politicking", "sensitivity": "high",
                  "source": "KASN2022"}),
    ]  # fmt: skip


def agency_view() -> list[Row]:
    """Both modalities as witnessed among colleagues."""
    return [
        several("pressure", "agency_pressured",
                ("Pada pemilihan terakhir, apa saja yang Bapak/Ibu saksikan dilakukan atasan, pejabat, "
                 "calon, tim sukses, atau partai kepada rekan kerja di instansi Bapak/Ibu?",
                 "In the last election, which of these did you see superiors, officials, candidates, "
                 "campaign teams or parties do to colleagues in your agency?"),
                sensitive=True, role="agency_pressured", modality="politicization", source="KASN2022"),
        Row(type="select_one yes_no_dr", name="agency_own", hint=ANONYMOUS,
            label=("Pada pemilihan terakhir, apakah Bapak/Ibu menyaksikan pegawai di instansi Bapak/Ibu "
                   "mendukung calon atau partai dengan salah satu perbuatan tadi atas kemauan sendiri?",
                   "In the last election, did you see civil servants in your agency support a candidate or "
                   "party by one of these acts of their own will?"),
            tags={"role": "agency_own", "modality": "politicking", "sensitivity": "high",
                  "source": "KASN2022"}),
    ]  # fmt: skip


# The sensitive item stands third in the treatment list, so that it is neither first nor last.
CONTROL_LIST = [
    ("Membaca berita tentang pemilihan.", "Read news about the election."),
    ("Memeriksa nama sendiri dalam daftar pemilih.", "Checked my own name on the voter roll."),
    ("Bertugas sebagai petugas tempat pemungutan suara.", "Served as a polling-station officer."),
    ("Menghadiri langsung sidang sengketa hasil pemilihan di Mahkamah Konstitusi.",
     "Attended in person a hearing of the Constitutional Court on the election result."),
]  # fmt: skip
SENSITIVE_ITEM = (
    "Membantu pemenangan salah satu calon, di luar memberikan suara.",
    "Helped a candidate to win, other than by voting.",
)


def list_experiment() -> list[Row]:
    """An item count by random arm: the difference of the means is the share that did the sensitive act."""
    rows = []
    treatment = [*CONTROL_LIST[:2], SENSITIVE_ITEM, *CONTROL_LIST[2:]]
    for arm, statements in (("control", CONTROL_LIST), ("treatment", treatment)):
        relevant, size = f"${{list_arm}} = '{arm}'", len(statements)
        in_id, in_en = ("\n".join(f"• {line}" for line in lines) for lines in zip(*statements, strict=True))
        rows += [
            Row(type="note", name=f"list_items_{arm}", label=(in_id, in_en), relevant=relevant,
                tags={"role": "experiment", "experiment": f"list:items:{arm}"}),
            Row(type="integer", name=f"list_count_{arm}", relevant=relevant, constraint=f". >= 0 and . "
                                                                                        f"<= {size}",
                label=("BERAPA BANYAK dari kegiatan di atas yang Bapak/Ibu lakukan pada pemilihan terakhir?",
                       "HOW MANY of the activities above did you do in the last election?"),
                hint=("Isikan jumlahnya saja, bukan kegiatan yang mana, sehingga tidak seorang pun dapat "
                      "mengetahui kegiatan yang Bapak/Ibu lakukan.",
                      "Enter the number only, not which ones, so that nobody can know what you did."),
                message=(f"Isikan bilangan 0 sampai {size}.", f"Enter a number from 0 to {size}."),
                tags={"role": "list_count", "modality": "politicking", "sensitivity": "protected",
                      "experiment": f"list:count:{arm}", "source": "BLAIR2020"}),
        ]  # fmt: skip
    return rows
