"""Tables of community workers, their grades, their pay and the funds they work with."""

from staff.models.appraisal import (
    Appeal,
    Appraisal,
    AppraisalMeasure,
    AppraisalResult,
    AppraisalScore,
    AppraisalSheet,
    Appraised,
    ReviewSource,
    WorkerHonour,
)
from staff.models.attendance import AttendanceDay, AttendanceSheet, AttendanceTotal
from staff.models.forecasts import Forecast, ForecastRow
from staff.models.funds import FundAccount, FundBudget, FundEntry, FundVoucher
from staff.models.grades import Grade
from staff.models.growth import Contest, ContestResult, MentorCheckIn, MentorPair, Promotion
from staff.models.pay import (
    FirstWage,
    InsuranceBase,
    PayAddition,
    PayChange,
    PayRun,
    PerformanceFactor,
    Slip,
    SpecialDeduction,
)
from staff.models.roster import (
    AnnualReview,
    Leave,
    PostReserve,
    Residents,
    StaffPost,
    StandIn,
    Worker,
    WorkerCertificate,
    WorkerPerson,
)
from staff.models.rotation import RotationPlan, RotationSite, RotationTurn
from staff.models.training import Enrolment, Exam, ExamScore, TrainingPlan, TrainingSession

__all__ = [
    "AnnualReview",
    "Appeal",
    "Appraisal",
    "AppraisalMeasure",
    "AppraisalResult",
    "AppraisalScore",
    "AppraisalSheet",
    "Appraised",
    "AttendanceDay",
    "AttendanceSheet",
    "AttendanceTotal",
    "Contest",
    "ContestResult",
    "Enrolment",
    "Exam",
    "ExamScore",
    "FirstWage",
    "Forecast",
    "ForecastRow",
    "FundAccount",
    "FundBudget",
    "FundEntry",
    "FundVoucher",
    "Grade",
    "InsuranceBase",
    "Leave",
    "MentorCheckIn",
    "MentorPair",
    "PayAddition",
    "PayChange",
    "PayRun",
    "PerformanceFactor",
    "PostReserve",
    "Promotion",
    "Residents",
    "ReviewSource",
    "RotationPlan",
    "RotationSite",
    "RotationTurn",
    "Slip",
    "SpecialDeduction",
    "StaffPost",
    "StandIn",
    "TrainingPlan",
    "TrainingSession",
    "Worker",
    "WorkerCertificate",
    "WorkerHonour",
    "WorkerPerson",
]
