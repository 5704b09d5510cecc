"""Short names of questions for the heads of tables and figures: (Indonesian, English) by item."""

from __future__ import annotations

SHORT_NAMES = {
    "employment": ("Status kepegawaian", "Employment status"),
    "province": ("Provinsi", "Province"),
    "district": ("Daerah", "Regional government"),
    "agency": ("Jenis instansi", "Type of agency"),
    "position": ("Jenis jabatan", "Position"),
    "functional_field": ("Bidang jabatan fungsional", "Field of functional position"),
    "grade": ("Golongan", "Grade"),
    "sex": ("Jenis kelamin", "Sex"),
    "age": ("Usia (tahun)", "Age (years)"),
    "education": ("Pendidikan terakhir", "Education"),
    "tenure": ("Masa kerja (tahun)", "Tenure (years)"),
    "incumbent_ran": ("Petahana maju kembali", "Incumbent ran again"),
    "exposure_socialisation": ("Menerima sosialisasi netralitas", "Received information on neutrality"),
    "exposure_assembly": ("Mengikuti apel atau ikrar netralitas", "Took part in an assembly or pledge"),
    "exposure_pact": ("Menandatangani pakta integritas", "Signed an integrity pact"),
    "exposure_sanction": ("Instansi mengumumkan sanksi", "Agency announced sanctions"),
    "exposure_commitment": ("PPK menyatakan komitmennya", "PPK declared its commitment"),
    "exposure_oversight": ("Lembaga pengawas mengawasi instansi", "Oversight body monitored the agency"),
}
