"""Words beside which a person's name stands: titles, credentials, relations, roles, and what people do in notes."""

from __future__ import annotations

from workstation.domain.redaction.wording import word_set

TITLES = word_set(
    "dr drs doctor mr mrs ms miss mister mx prof professor rev reverend fr rabbi imam chaplain pastor deacon sgt",
    "sergeant ssg sfc pfc spc cpt maj ltc 1lt 2lt msg cdr lcdr ens gen pvt officer ofc det detective deputy",
    "sra dona don lcda lic padre officers nurses detectives deputies sheriff capt captain lt",
    "lieutenant col cpl judge hon atty attorney sr sra srta señor señora senor senora",
    "nurse madam dra trooper msgr",
)
PATIENT_TITLES = word_set("mr mrs ms miss mister mx sr sra srta senor senora")

CREDENTIALS = word_set(
    "md do mbbs mbchb phd psyd dds dmd dpm dc od rn bsn msn lpn lvn np fnp fnpc aprn arnp crnp acnp cnm crna caa",
    "pa pac cns pharmd rph bcps dpt mpt pt pta ot otr otrl ota cota slp cccslp ccc rd rdn ldn msw lcsw lmsw lsw",
    "licsw bsw lpc lmft mft lmhc cgc ccs ccds rhia rhit cpc cic chaa rt rrt crt rtr rdcs rdms cst cna pct cma rma",
    "emt emtp paramedic faap facs facc facp facog faha fccp facep facr faan fasn agaf mph mha mba ms ma dnp edd",
    "jd esq cphq ccrn cen ocn cwocn wocn cnsc rvt rpsgt faodme cbcn lnha cdp qmhp lmhp lcdc ladc cadc cap csac",
    "peer cpss cdces cde ibclc clc rbt bcba ma-c bs cfnp whnp pmhnp agacnp cpnp nnp srna do-pgy attending",
    "hospitalist resident intern fellow",
)
# Behind a name without a comma these are too often something else ("PT eval", "MS contin", "PA view").
WEAK_CREDENTIALS = word_set(
    "pt ot ms ma pa do bs rt md's rd od dc attending resident intern fellow hospitalist ccc jd edd pta cns mph",
    "mba",
)

RELATIONS = word_set(
    "grandkids kids kiddos cousins brothers sisters twins uncles aunts nephews nieces grandsons granddaughters stepkids",
    "wife husband spouse partner son daughter mother father mom dad mum sister brother aunt uncle niece nephew",
    "cousin grandmother grandfather grandma grandpa grandson granddaughter grandchild stepson stepdaughter",
    "stepmother stepfather stepmom stepdad stepbrother stepsister fiance fiancee girlfriend boyfriend roommate",
    "housemate neighbor neighbour friend caregiver carer guardian twin sibling parent child baby infant hcpoa poa",
    "dpoa dpoahc proxy surrogate nok kin widow widower ex-wife ex-husband exwife exhusband mother-in-law",
    "motherinlaw fatherinlaw soninlaw daughterinlaw sisterinlaw brotherinlaw godmother godfather goddaughter",
    "godson fob mgm mgf pgm pgf coparent stepparent halfbrother halfsister landlord sponsor conservator ex boss",
    "coworker supervisor classmate mentor foster collateral dtr dau dght dtrs hsb hub hubby bro sis gma gpa mil",
    "fil sil bil dil grandaughter granny nana papa abuela abuelo newborn neonate sitter babysitter girlfriend's",
    "buddy buddies pal pals coworkers colleague colleagues tenant tenants toddler cellmate roommates housemates friends",
    "neighbors neighbours bestie bff sib sibs twins grandparents grandparent grandkid boarder lodger landlady nanny helper",
    "caretaker exboyfriend exgirlfriend ex-boyfriend ex-girlfriend greatgrandson greatgranddaughter stepsister mob",
    "greatniece greatnephew greataunt schoolmate teammate playmate flatmate bunkmate inlaws stepsons stepdaughters boys",
    "girls peer escort comadre compadre suegra suegro hijo hija esposo esposa hermano hermana madre padre tia tio nieto nieta",
    "abuelita abuelito cuñado cunado cuñada cunada nuera yerno primo prima vecina vecino novio novia cousin's fiances",
    "foreman homeowner passenger mum mums moms dads fathers mothers wives husbands aunties auntie godchild ward",
    "bf gf sig-other daughters sons sisters brothers children kids parents siblings grandchildren twins",
)

# Labels whose value is a person. Those that mean the patient, relatives, and all others.
PATIENT_LABELS = word_set(
    "patient pt name patients-name member student-name subj re client resident proband decedent subject-name",
    "patientname ptname aka alias member-name regarding mother-name",
)
RELATIVE_LABELS = word_set(
    "contact guarantor informant nok kin guardian proxy agent caregiver subscriber policyholder spouse",
    "emergency-contact collateral source historian legal custody payee rep supports support contacts relatives",
    "siblings children parents next-of-kin responsible accompanied insured family donor recipient representative",
    "visitor visitors",
)
PROVIDER_LABELS = word_set(
    "ord perf interp req rpt rad res accepting sending receiving submitting att con cons doula student students",
    "interpreter translator hha pca aide driver crc pi investigator ordered attending surgeon assistant",
    "assistants anesthesia anesthesiologist anesthetist ordering referring referred consultant provider pcp",
    "physician author dictated dictating signed clinician operator fellow resident intern radiologist pathologist",
    "cardiologist endoscopist nurse rn technologist tech sonographer therapist counselor pharmacist preceptor",
    "supervising supervisor cosigner cosigned reviewed reviewer interpreted interpreting performed performing",
    "hospitalist midwife obstetrician pediatrician psychiatrist psychologist proceduralist perfusionist",
    "circulator scrub transcribed transcriptionist scribe dictator admitting consulting attn attention from to cc",
    "bcc by prescriber prescribed requesting requested verified reader read authenticated electronically entered",
    "recorded witness certifier certifying examiner coroner instructor coordinator casemanager manager navigator",
    "doctor md np pa crna cnm surgeons consultants provider-name team-lead neonatologist oncologist nephrologist",
    "neurologist dermatologist urologist intensivist gastroenterologist pulmonologist endocrinologist",
    "rheumatologist hematologist ophthalmologist orthopedist geriatrician podiatrist dentist optometrist",
    "chiropractor dietitian audiologist phlebotomist peds intensivists coder biller sender recipient evaluator",
    "assessor monitor operator2 surg anes asst attg radiographer sonographers charge paramedic medic emt pilot",
    "chaplain sw cm overnight oncall on-call covering crosscover moonlighter",
)
ROLES = word_set(
    "surgeon anesthesiologist anesthetist cardiologist radiologist pathologist nurse rn lpn physician doctor",
    "resident intern fellow hospitalist midwife pediatrician psychiatrist psychologist therapist counselor",
    "pharmacist chaplain interpreter attending consultant pcp oncologist nephrologist neurologist dermatologist",
    "urologist gastroenterologist pulmonologist endocrinologist rheumatologist intensivist hematologist",
    "ophthalmologist orthopedist podiatrist dentist dietitian technologist tech sonographer np pa crna cnm cna",
    "aide sitter paramedic medic emt caseworker provider proceduralist obstetrician neonatologist renal cards",
    "cardiology neuro gi ortho ent uro heme onc id pulm endo rheum derm psych neurosurgery nephrology neurology",
    "oncology urology pulmonology anesthesia peds coordinator hha pca doula crc worker investigator coroner",
    "examiner officer deputy detective social-worker sw cm manager teacher principal coach lawyer attorney",
)
# After these, a capitalised word no dictionary has is a person.
MEDIUM_CUES = word_set(
    "by with w per from to attn cc via and or for d/w called paged notified informed contacted told asked spoke",
    "saw met thanks dear hi hello see hey update updating bcc emailed texted thank seen",
)
# What a person does after the name.
VERBS = word_set(
    "says said states stated reports reported denies denied notes asked asks called calls will was is has had",
    "agreed agrees notified informed presents presented understands verbalized lives wants wishes requests",
    "requested came arrived told endorses complains describes admits declined declines refused refuses tolerated",
    "remains took takes felt feels thinks brought drove picked accompanied visited witnessed assisted aware wrote",
    "recommended recommends advised consulted evaluated examined performed saw signed dictated reviewed confirmed",
    "discussed explained present unavailable available unreachable ill affected cut can did does",
)
# What only people do: nobody else says, wonders or drives.
SPEAKS = word_set(
    "says said states stated reports reported asks asked agrees agreed understands verbalized verbalizes wants wishes",
    "requests requested told tells thinks thought believes worries worried wonders wondered drove drives brought brings",
    "picked visits visited witnessed wrote recalls remembers insists hopes feels helps helped stayed stays smokes lives",
    "cooks cares babysits moved works worked noticed notices admits explains explained replied answered left arrived",
    "came comes went goes knows keeps handles manages sets translated translates interprets interpreted attended",
    "attends called calls phoned texted sounds plans prefers refuses refused declines declined speaks spoke gave gives",
    "sits sat sleeps slept checks checked fixed found shoved hit hits threatened yelled cried complained complains",
    "expressed expresses describes described denies denied endorses endorsed confirmed confirms acknowledges joined",
    "turned turns graduates graduated travels travelled traveled signed hasn't isn't doesn't didn't won't can't who",
)
PARTICLES = word_set(
    "de la las los del da das dos di do van von der den ten ter le el al bin ibn abu ben st saint mac mc o d y",
    "dela vander san santa",
)
SUFFIXES = word_set("jr sr ii iii iv v esq 2nd 3rd")
BIRTH_NAME = word_set("nee née born maiden formerly aka alias fka goes")
MODALS = word_set("will may can might must should")
