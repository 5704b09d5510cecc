"""The scales, the measures the respondent met with, and KASN's opinion questions of 2021."""

from __future__ import annotations

from items import ANONYMOUS, Row, several

Scale = tuple[str, str, list[tuple[str, str, str]]]

# Per scale: its code, the prefix of its items, and (Indonesian, English, source) of each statement.
# The third statement of every scale is reversed.
MOTIVES = [
    ("career_motive", "career", [
        ("Karier di instansi saya lebih ditentukan oleh kedekatan politik daripada kinerja.",
         "In my agency careers depend more on political closeness than on performance.", "ARMAN2020"),
        ("Mendukung calon yang menang membuka peluang untuk memperoleh jabatan.",
         "Supporting the winning candidate opens the way to a post.", "LAMPUNG2021; ARMAN2020"),
        ("Promosi dan mutasi di instansi saya mengikuti sistem merit.",
         "Promotion and transfer in my agency follow the merit system.", "ARMAN2020; LAN2023"),
    ]),
    ("incumbent_pressure", "pressure", [
        ("Ketika petahana maju kembali, pegawai di instansi saya sulit bersikap netral.",
         "When the incumbent runs again, staff in my agency find it hard to stay neutral.", "LAN2023"),
        ("Pegawai yang tidak mendukung petahana dianggap melawan pimpinan.",
         "Staff who do not support the incumbent are seen as opposing their leaders.", "LAN2023"),
        ("Pegawai yang bersikap netral tetap aman kariernya, siapa pun yang menang.",
         "Staff who stay neutral remain safe in their careers, whoever wins.", "LAN2023; ARMAN2020"),
    ]),
    ("kinship", "kinship", [
        ("Hubungan keluarga dengan calon membuat pegawai ikut membantu pemenangannya.",
         "Family ties to a candidate lead staff to help that candidate win.", "KASN2021"),
        ("Kesamaan daerah asal atau suku memengaruhi keberpihakan pegawai.",
         "A shared home region or ethnic group makes staff take sides.", "KASN2021; ARMAN2020"),
        ("Pegawai di instansi saya dapat menolak permintaan dukungan dari kerabatnya sendiri.",
         "Staff in my agency can refuse their own relatives' requests for support.", "KASN2021"),
    ]),
]  # fmt: skip
RULES = [
    ("regulatory_clarity", "clarity", [
        ("Saya memahami perbuatan apa saja yang dilarang bagi ASN dalam pemilihan.",
         "I understand which acts are forbidden to civil servants in elections.", "LAN2023"),
        ("Batas antara menggunakan hak pilih dan berpihak diatur dengan jelas.",
         "The line between using one's right to vote and taking sides is clearly drawn.", "LAMPUNG2021"),
        ("Aturan netralitas masih multitafsir dan memberi celah pelanggaran.",
         "The rules on neutrality are ambiguous and leave loopholes.", "LAMPUNG2021"),
    ]),
    ("sanction_certainty", "sanction", [
        ("Pelanggar netralitas di instansi saya pasti dikenai sanksi.",
         "In my agency those who breach neutrality are certain to be sanctioned.", "LAN2023; KASN2021"),
        ("Sanksi dijatuhkan dengan adil, apa pun jabatan pelanggarnya.",
         "Sanctions are imposed fairly, whatever the offender's rank.", "LAN2023"),
        ("Pelanggar netralitas biasanya lolos tanpa hukuman.",
         "Those who breach neutrality usually go unpunished.", "KASN2021"),
    ]),
    ("ppk_commitment", "commitment", [
        ("Pejabat Pembina Kepegawaian (PPK) di instansi saya berkomitmen menjaga netralitas ASN.",
         "The appointing authority (PPK) of my agency is committed to keeping the civil service neutral.",
         "LAN2023"),
        ("PPK di instansi saya segera menindaklanjuti rekomendasi sanksi atas pelanggaran netralitas.",
         "The PPK of my agency promptly carries out recommended sanctions for breaches of neutrality.",
         "ARMAN2020"),
        ("PPK di instansi saya membiarkan pegawai dipakai untuk kepentingan politik.",
         "The PPK of my agency lets staff be used for political ends.", "LAN2023; ARMAN2020"),
    ]),
    ("reporting_willingness", "reporting", [
        ("Saya bersedia melaporkan pelanggaran netralitas yang saya lihat.",
         "I am willing to report breaches of neutrality that I see.", "LAN2023"),
        ("Saya akan melapor sekalipun pelanggarnya atasan saya.",
         "I would report even if the offender were my superior.", "LAN2023; ARMAN2020"),
        ("Saya memilih diam apabila melihat pelanggaran netralitas.",
         "I would rather stay silent when I see a breach of neutrality.", "LAN2023"),
    ]),
]  # fmt: skip


def scales(block: list[Scale]) -> list[Row]:
    """The statements of a block of scales, agreed or disagreed with on five points."""
    return [
        Row(type="select_one agree5", name=f"{prefix}_{number}", label=(label_id, label_en),
            tags={"role": "scale", "scale": scale, "source": source, "reverse": "yes" if number == 3 else ""})
        for scale, prefix, statements in block
        for number, (label_id, label_en, source) in enumerate(statements, start=1)
    ]  # fmt: skip


def attention() -> Row:
    """A statement whose answer is given, to find answers ticked unread."""
    return Row(
        type="select_one agree5",
        name="attention",
        label=(
            "Untuk memastikan mutu data, silakan memilih “Tidak setuju” pada pernyataan ini.",
            "To check the quality of the data, please choose “Disagree” for this statement.",
        ),
        tags={"role": "attention", "correct": 2},
    )


# The six strategies of LAN2023, in its order: name, Indonesian, English.
STRATEGIES = [
    ("exposure_socialisation", "Apakah Bapak/Ibu pernah menerima sosialisasi netralitas ASN?",
     "Did you receive information or training on civil service neutrality?"),
    ("exposure_assembly", "Apakah Bapak/Ibu pernah mengikuti apel atau ikrar netralitas ASN?",
     "Did you take part in a neutrality assembly (apel) or pledge?"),
    ("exposure_pact", "Apakah Bapak/Ibu menandatangani pakta integritas netralitas ASN?",
     "Did you sign an integrity pact on neutrality?"),
    ("exposure_sanction", "Apakah instansi Bapak/Ibu mengumumkan sanksi terhadap pelanggar netralitas?",
     "Did your agency announce sanctions against those who breached neutrality?"),
    ("exposure_commitment",
     "Apakah Pejabat Pembina Kepegawaian (PPK) di instansi Bapak/Ibu menyatakan komitmennya pada netralitas "
     "ASN?",
     "Did the appointing authority (PPK) of your agency declare its commitment to neutrality?"),
    ("exposure_oversight",
     "Apakah lembaga pengawas (misalnya Bawaslu atau pengawas ASN) mengawasi netralitas di instansi "
     "Bapak/Ibu?",
     "Did an oversight body (such as the election or civil service supervisor) monitor neutrality in your "
     "agency?"),
]  # fmt: skip


def exposure() -> list[Row]:
    """Which of the six strategies for neutrality reached the respondent."""
    return [
        Row(type="select_one yes_no_dr", name=name, label=(label_id, label_en),
            tags={"role": "exposure", "source": f"LAN2023 strategy {number}"})
        for number, (name, label_id, label_en) in enumerate(STRATEGIES, start=1)
    ]  # fmt: skip


def opinion() -> list[Row]:
    """Causes, parties and remedies as KASN asked about them in 2021, and room for a comment."""
    tags: dict[str, str | int] = {"role": "opinion", "source": "KASN2021"}
    return [
        several("cause", "causes",
                ("Menurut Bapak/Ibu, apa yang menyebabkan ASN tidak netral dalam pemilihan?",
                 "In your view, what causes civil servants not to be neutral in elections?"),
                sensitive=False, role="opinion", source="KASN2021"),
        Row(type="select_one influencer", name="influencer", tags=tags,
            label=("Menurut Bapak/Ibu, pihak mana yang paling memengaruhi ASN untuk melanggar netralitas?",
                   "In your view, which party most influences civil servants to breach neutrality?")),
        Row(type="select_one agree2", name="ppk_hinders", tags=tags,
            label=("Kepala daerah sebagai Pejabat Pembina Kepegawaian (PPK) membuat ASN sulit bersikap "
                   "netral.",
                   "Having the regional head as appointing authority (PPK) makes it hard for civil servants "
                   "to be neutral.")),
        Row(type="select_one agree2", name="remove_vote", tags=tags,
            label=("Hak pilih ASN dalam pemilihan kepala daerah sebaiknya dihapus.",
                   "The right of civil servants to vote in regional elections should be removed.")),
        Row(type="select_one yes_no_dr", name="sanction_deters", tags=tags,
            label=("Menurut Bapak/Ibu, apakah sanksi atas pelanggaran netralitas memberikan efek jera?",
                   "In your view, do sanctions for breaches of neutrality deter?")),
        Row(type="text", name="comment", required=False, appearance="multiline",
            label=("Saran atau catatan lain", "Other suggestions or remarks"),
            hint=("Mohon tidak menuliskan nama orang. " + ANONYMOUS[0].split(".")[0] + ".",
                  "Please write no names of persons. " + ANONYMOUS[1].split(".")[0] + "."),
            tags={"role": "comment", "sensitivity": "high"}),
    ]  # fmt: skip
