"""The choice lists of the questionnaire: every answer that can be ticked, in Indonesian and in English."""

from __future__ import annotations

from typing import NamedTuple


class Option(NamedTuple):
    """One row of the `choices` sheet; `tags` become the columns `nst_<key>`."""

    list_name: str
    name: str
    label_id: str
    label_en: str
    tags: dict[str, str | int]


Line = tuple[str, str, str, dict[str, str | int]]

DONT_KNOW: Line = ("dont_know", "Tidak tahu", "Don't know", {"missing": "dont_know"})
REFUSED: Line = ("refused", "Tidak bersedia menjawab", "Prefer not to answer", {"missing": "refused"})
NONE: Line = ("none", "Tidak ada satu pun", "None of these", {})
YES: Line = ("yes", "Ya", "Yes", {"score": 1})
NO: Line = ("no", "Tidak", "No", {"score": 0})

# The sixteen forms of the joint decree (SKB) of September 2020, in its order. (name, Indonesian, English)
FORMS = [
    ("f01_social_media", "Kampanye atau sosialisasi di media sosial (unggah, komentar, bagikan, suka)",
     "Campaigning on social media (posting, commenting, sharing, liking)"),
    ("f02_declaration", "Menghadiri deklarasi bakal pasangan calon atau pasangan calon",
     "Attending the declaration of a prospective or official candidate pair"),
    ("f03_photo", "Berfoto bersama calon dengan simbol atau gerakan tangan yang menunjukkan keberpihakan",
     "Being photographed with a candidate while making a partisan sign or gesture"),
    ("f04_speaker", "Menjadi pembicara atau narasumber kegiatan partai politik di luar tugas kedinasan",
     "Speaking at a political party's event outside official duty"),
    ("f05_party_approach",
     "Mendekati partai atau masyarakat untuk pencalonan diri tanpa cuti di luar tanggungan negara",
     "Seeking party or public support for one's own candidacy without unpaid leave"),
    ("f06_self_declaration",
     "Mendeklarasikan diri sebagai calon kepala daerah tanpa cuti di luar tanggungan negara",
     "Declaring oneself a candidate for regional head without unpaid leave"),
    ("f07_banner", "Memasang spanduk atau baliho yang mempromosikan diri atau orang lain sebagai bakal calon",
     "Putting up banners or billboards that promote oneself or another as a prospective candidate"),
    ("f08_partisan_event",
     "Mengadakan kegiatan yang berpihak (ajakan, pertemuan, imbauan, seruan, pemberian barang)",
     "Holding partisan activities (invitations, meetings, appeals, calls, gifts)"),
    ("f09_campaign_staff", "Ikut sebagai pelaksana kampanye, termasuk sebelum dan sesudah masa kampanye",
     "Acting as campaign staff, including before and after the campaign period"),
    ("f10_rally", "Menjadi peserta kampanye (dengan atau tanpa atribut) atau mengerahkan PNS atau orang lain",
     "Joining a campaign rally (with or without attributes) or mobilising civil servants or others"),
    ("f11_spouse_campaign",
     "Mengikuti kampanye suami/istri yang menjadi calon tanpa cuti di luar tanggungan negara",
     "Joining the campaign of a candidate spouse without unpaid leave"),
    ("f12_id_card", "Memberikan dukungan kepada calon perseorangan dengan fotokopi KTP",
     "Supporting an independent candidate with a copy of one's identity card"),
    ("f13_rally_facilities", "Menjadi peserta kampanye dengan menggunakan fasilitas negara",
     "Joining a campaign rally using state facilities"),
    ("f14_office_facilities", "Menggunakan fasilitas negara yang terkait dengan jabatan dalam kampanye",
     "Using the state facilities of one's office in a campaign"),
    ("f15_decision", "Membuat keputusan yang menguntungkan atau merugikan pasangan calon",
     "Making decisions that favour or harm a candidate pair"),
    ("f16_party_member", "Menjadi anggota atau pengurus partai politik",
     "Being a member or officer of a political party"),
]  # fmt: skip

# (slug, Indonesian, English, Kemendagri code, BPS code, province it belonged to in 2020)
# Both codes are carried because they collide in Papua: 94 is Papua to BPS and Papua Tengah to Kemendagri.
PROVINCES = [
    ("aceh", "Aceh", "Aceh", 11, 11, "aceh"),
    ("sumatera_utara", "Sumatera Utara", "North Sumatra", 12, 12, "sumatera_utara"),
    ("sumatera_barat", "Sumatera Barat", "West Sumatra", 13, 13, "sumatera_barat"),
    ("riau", "Riau", "Riau", 14, 14, "riau"),
    ("jambi", "Jambi", "Jambi", 15, 15, "jambi"),
    ("sumatera_selatan", "Sumatera Selatan", "South Sumatra", 16, 16, "sumatera_selatan"),
    ("bengkulu", "Bengkulu", "Bengkulu", 17, 17, "bengkulu"),
    ("lampung", "Lampung", "Lampung", 18, 18, "lampung"),
    ("kepulauan_bangka_belitung", "Kepulauan Bangka Belitung", "Bangka Belitung Islands", 19, 19,
     "kepulauan_bangka_belitung"),
    ("kepulauan_riau", "Kepulauan Riau", "Riau Islands", 21, 21, "kepulauan_riau"),
    ("dki_jakarta", "DKI Jakarta", "Jakarta", 31, 31, "dki_jakarta"),
    ("jawa_barat", "Jawa Barat", "West Java", 32, 32, "jawa_barat"),
    ("jawa_tengah", "Jawa Tengah", "Central Java", 33, 33, "jawa_tengah"),
    ("di_yogyakarta", "DI Yogyakarta", "Yogyakarta", 34, 34, "di_yogyakarta"),
    ("jawa_timur", "Jawa Timur", "East Java", 35, 35, "jawa_timur"),
    ("banten", "Banten", "Banten", 36, 36, "banten"),
    ("bali", "Bali", "Bali", 51, 51, "bali"),
    ("nusa_tenggara_barat", "Nusa Tenggara Barat", "West Nusa Tenggara", 52, 52, "nusa_tenggara_barat"),
    ("nusa_tenggara_timur", "Nusa Tenggara Timur", "East Nusa Tenggara", 53, 53, "nusa_tenggara_timur"),
    ("kalimantan_barat", "Kalimantan Barat", "West Kalimantan", 61, 61, "kalimantan_barat"),
    ("kalimantan_tengah", "Kalimantan Tengah", "Central Kalimantan", 62, 62, "kalimantan_tengah"),
    ("kalimantan_selatan", "Kalimantan Selatan", "South Kalimantan", 63, 63, "kalimantan_selatan"),
    ("kalimantan_timur", "Kalimantan Timur", "East Kalimantan", 64, 64, "kalimantan_timur"),
    ("kalimantan_utara", "Kalimantan Utara", "North Kalimantan", 65, 65, "kalimantan_utara"),
    ("sulawesi_utara", "Sulawesi Utara", "North Sulawesi", 71, 71, "sulawesi_utara"),
    ("sulawesi_tengah", "Sulawesi Tengah", "Central Sulawesi", 72, 72, "sulawesi_tengah"),
    ("sulawesi_selatan", "Sulawesi Selatan", "South Sulawesi", 73, 73, "sulawesi_selatan"),
    ("sulawesi_tenggara", "Sulawesi Tenggara", "Southeast Sulawesi", 74, 74, "sulawesi_tenggara"),
    ("gorontalo", "Gorontalo", "Gorontalo", 75, 75, "gorontalo"),
    ("sulawesi_barat", "Sulawesi Barat", "West Sulawesi", 76, 76, "sulawesi_barat"),
    ("maluku", "Maluku", "Maluku", 81, 81, "maluku"),
    ("maluku_utara", "Maluku Utara", "North Maluku", 82, 82, "maluku_utara"),
    ("papua", "Papua", "Papua", 91, 94, "papua"),
    ("papua_barat", "Papua Barat", "West Papua", 92, 91, "papua_barat"),
    ("papua_selatan", "Papua Selatan", "South Papua", 93, 95, "papua"),
    ("papua_tengah", "Papua Tengah", "Central Papua", 94, 96, "papua"),
    ("papua_pegunungan", "Papua Pegunungan", "Highland Papua", 95, 97, "papua"),
    ("papua_barat_daya", "Papua Barat Daya", "Southwest Papua", 96, 92, "papua_barat"),
]  # fmt: skip

NUMBERED_FORMS: list[Line] = [
    (name, label_id, label_en, {"form": number})
    for number, (name, label_id, label_en) in enumerate(FORMS, start=1)
]
LISTS: dict[str, list[Line]] = {
    "yes_no": [YES, NO],
    "yes_no_dr": [YES, NO, DONT_KNOW, REFUSED],
    "agree5": [
        ("1", "Sangat tidak setuju", "Strongly disagree", {"score": 1}),
        ("2", "Tidak setuju", "Disagree", {"score": 2}),
        ("3", "Antara setuju dan tidak setuju", "Neither agree nor disagree", {"score": 3}),
        ("4", "Setuju", "Agree", {"score": 4}),
        ("5", "Sangat setuju", "Strongly agree", {"score": 5}),
        ("98", *DONT_KNOW[1:]),
        ("99", *REFUSED[1:]),
    ],
    "agree2": [
        ("agree", "Setuju", "Agree", {"score": 1}),
        ("disagree", "Tidak setuju", "Disagree", {"score": 0}),
        DONT_KNOW,
        REFUSED,
    ],
    "employment": [
        ("pns", "Pegawai Negeri Sipil (PNS)", "Permanent civil servant (PNS)", {}),
        ("pppk", "Pegawai Pemerintah dengan Perjanjian Kerja (PPPK)", "Contract civil servant (PPPK)", {}),
        ("ptt", "Pegawai tidak tetap, honorer, atau non-ASN lainnya (PTT)",
         "Temporary or honorary worker outside the civil service (PTT)", {}),
        ("other", "Bukan pegawai pemerintah", "Not a government employee", {}),
    ],
    "agency": [
        ("ministry", "Kementerian", "Ministry", {}),
        ("central_agency", "Lembaga pemerintah nonkementerian atau lembaga pusat lainnya",
         "Non-ministerial or other central agency", {}),
        ("province_government", "Pemerintah provinsi", "Provincial government", {}),
        ("regency_government", "Pemerintah kabupaten", "Regency government", {}),
        ("city_government", "Pemerintah kota", "City government", {}),
    ],
    "position": [
        ("jpt", "Jabatan Pimpinan Tinggi (JPT)", "Senior executive (JPT)", {}),
        ("administrator", "Administrator", "Administrator", {}),
        ("supervisor", "Pengawas", "Supervisor", {}),
        ("functional", "Fungsional", "Functional officer", {}),
        ("executive", "Pelaksana", "Executing staff", {}),
    ],
    "functional_field": [
        ("teacher", "Guru atau tenaga kependidikan", "Teacher or education staff", {}),
        ("health", "Tenaga kesehatan", "Health worker", {}),
        ("other", "Jabatan fungsional lainnya", "Other functional position", {}),
    ],
    "grade": [
        ("grade_1", "PNS golongan I", "PNS grade I", {}),
        ("grade_2", "PNS golongan II", "PNS grade II", {}),
        ("grade_3", "PNS golongan III", "PNS grade III", {}),
        ("grade_4", "PNS golongan IV", "PNS grade IV", {}),
        ("pppk_1_4", "PPPK golongan I–IV", "PPPK grade I–IV", {}),
        ("pppk_5_8", "PPPK golongan V–VIII", "PPPK grade V–VIII", {}),
        ("pppk_9_17", "PPPK golongan IX–XVII", "PPPK grade IX–XVII", {}),
        ("none", "Tidak bergolongan", "No grade", {}),
    ],
    "sex": [("male", "Laki-laki", "Male", {}), ("female", "Perempuan", "Female", {})],
    "education": [
        ("secondary", "SMA/sederajat atau di bawahnya", "Upper secondary or below", {}),
        ("diploma", "Diploma I–III", "Diploma (D1–D3)", {}),
        ("bachelor", "Sarjana (S1) atau Diploma IV", "Bachelor's degree (S1/D4)", {}),
        ("master", "Magister (S2)", "Master's degree (S2)", {}),
        ("doctorate", "Doktor (S3)", "Doctorate (S3)", {}),
    ],
    "province": [
        (slug, label_id, label_en, {"kemendagri": kemendagri, "bps": bps, "parent2020": parent})
        for slug, label_id, label_en, kemendagri, bps, parent in PROVINCES
    ],
    "form": [
        *NUMBERED_FORMS,
        NONE,
        REFUSED,
    ],
    "pressure": [
        ("asked", "Diminta atau diajak mendukung calon tertentu",
         "Asked or invited to support a candidate", {}),
        ("ordered", "Diperintah atau diarahkan mendukung calon tertentu",
         "Ordered or directed to support a candidate", {}),
        ("mobilised", "Dikerahkan ke kampanye atau kegiatan calon",
         "Mobilised for a candidate's campaign or events", {}),
        ("threatened", "Diancam mutasi, pencopotan jabatan, atau hambatan karier",
         "Threatened with transfer, loss of post or a blocked career", {}),
        ("promised", "Dijanjikan jabatan, promosi, atau imbalan lain",
         "Promised a post, promotion or other reward", {}),
        NONE,
        REFUSED,
    ],
    "actor": [
        ("superior", "Atasan langsung", "Direct superior", {}),
        ("agency_head", "Kepala instansi atau perangkat daerah", "Head of the agency or regional office", {}),
        ("regional_secretary", "Sekretaris daerah", "Regional secretary", {}),
        ("regional_head", "Kepala daerah yang tidak maju dalam pemilihan",
         "Regional head not running in the election", {}),
        ("incumbent", "Petahana yang maju kembali", "Incumbent running again", {}),
        ("candidate", "Calon lain atau pasangannya", "Another candidate or running mate", {}),
        ("campaign_team", "Tim sukses atau tim kampanye", "Campaign team", {}),
        ("party", "Partai politik", "Political party", {}),
        ("colleague", "Rekan kerja", "Colleague", {}),
        ("family", "Keluarga atau kerabat", "Family or kin", {}),
        ("other", "Pihak lain", "Somebody else", {}),
        REFUSED,
    ],
    "initiative": [
        ("own", "Prakarsa saya sendiri", "My own initiative", {}),
        ("asked", "Permintaan atau perintah pihak lain", "The request or order of others", {}),
        ("both", "Keduanya", "Both", {}),
        DONT_KNOW,
        REFUSED,
    ],
    "cause": [
        ("kinship", "Ikatan persaudaraan", "Kinship ties", {}),
        ("career", "Kepentingan karier", "Career interests", {}),
        ("background", "Kesamaan latar belakang (pendidikan, profesi)",
         "Shared background (education, profession)", {}),
        ("debt", "Utang budi", "Debt of gratitude", {}),
        ("candidate_pressure", "Tekanan pasangan calon", "Pressure from a candidate pair", {}),
        ("other", "Sebab lain", "Another cause", {}),
        DONT_KNOW,
        REFUSED,
    ],
    "influencer": [
        ("campaign_team", "Tim sukses", "Campaign team", {}),
        ("superior", "Atasan", "Superior", {}),
        ("candidate", "Pasangan calon", "Candidate pair", {}),
        ("party", "Partai politik pengusung", "Nominating party", {}),
        ("other", "Lainnya (diri sendiri, keluarga, lingkungan, media, tidak ada, tidak tahu)",
         "Other (oneself, family, surroundings, media, nobody, don't know)", {}),
    ],
}  # fmt: skip


def options() -> list[Option]:
    """Every row of the `choices` sheet, list by list."""
    return [Option(list_name, *row) for list_name, rows in LISTS.items() for row in rows]


def exclusive_options(list_name: str) -> list[Option]:
    """Options that may not stand beside another one in a multiple answer: none at all, or no answer."""
    rows = [Option(list_name, *row) for row in LISTS[list_name]]
    return [option for option in rows if option.name == "none" or "missing" in option.tags]
