"""Words that make the words before them a place or an employer; the states; the restricted ZIP prefixes."""

from __future__ import annotations

from workstation.domain.redaction.wording import word_set

# The 17 three-digit ZIP areas of 20,000 people or fewer in the 2000 census, as HHS lists them in its guidance on
# de-identification (26 November 2012) under 45 CFR 164.514(b)(2)(i)(B): their prefix becomes 000.
RESTRICTED_ZIP3 = word_set("036 059 063 102 203 556 692 790 821 823 830 831 878 879 884 890 893")

STATES = word_set(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH",
    "OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY PR GU VI AS MP",
)
STATE_NAMES = word_set(
    "alabama alaska arizona arkansas california colorado connecticut delaware florida georgia hawaii idaho",
    "illinois indiana iowa kansas kentucky louisiana maine maryland massachusetts michigan minnesota mississippi",
    "missouri montana nebraska nevada ohio oklahoma oregon pennsylvania tennessee texas utah vermont virginia",
    "washington wisconsin wyoming",
)
# Larger than a state, or a people: these may stay.
COUNTRIES = word_set(
    "usa us america states canada mexico china india japan korea vietnam philippines cuba haiti guatemala",
    "honduras salvador colombia brazil peru ecuador venezuela england uk britain ireland scotland france germany",
    "spain italy portugal greece poland russia ukraine romania nigeria ghana kenya ethiopia somalia sudan egypt",
    "iraq iran syria lebanon israel turkey pakistan bangladesh nepal thailand laos cambodia burma myanmar",
    "indonesia malaysia singapore australia europe africa asia caribbean jamaica dominican puerto congo eritrea",
    "liberia morocco afghanistan",
)

STREETS = word_set(
    "street st avenue ave av road rd boulevard blvd lane ln drive dr court ct place pl terrace ter terr circle",
    "cir highway hwy parkway pkwy trail trl way alley aly square sq loop plaza plz pike turnpike tpke crescent",
    "cres row run path pass crossing xing ridge hollow bend landing point commons expressway freeway fwy route",
    "broadway walk mews cove heights extension causeway",
)
# These name a street without a number before it too.
SURE_STREETS = word_set(
    "street avenue ave road rd boulevard blvd lane ln highway hwy parkway pkwy turnpike terrace",
)
UNITS = word_set(
    "apt apartment unit suite ste room rm fl floor lot trailer trlr bldg building bsmt space spc no",
)
DIRECTIONS = word_set(
    "n s e w ne nw se sw north south east west northeast northwest southeast southwest",
)

FACILITY_HEADS = word_set(
    "hospital hospitals clinic clinics center centre medical infirmary sanatorium hospice health healthcare",
    "institute rehab rehabilitation nursing manor pavilion asylum dispensary imaging radiology laboratories",
    "laboratory labs pharmacy associates physicians partners group practice university college school academy",
    "church temple mosque synagogue parish shelter mission prison jail penitentiary correctional facility library",
    "elementary middle high daycare preschool orthopedics orthopaedics pediatrics cardiology dermatology oncology",
    "urology neurology surgicenter surgery asc snf ltach ltac va vamc general memorial regional community hosp",
    "ctr med funeral mortuary crematory cemetery homecare dialysis village commons terrace gardens house lodge",
    "place estates court living care home homes villa haven cancer women's children's womens childrens",
    "kindergarten peds station ems ambulance fire rescue eye apothecary system network campus district department",
    "dept ymca ywca gym diagnostics pathology behavioral wellness",
)
# A facility's name ends here, if a proper word stands before it; the other heads only lengthen it.
SURE_FACILITY_HEADS = word_set(
    "hospital hospitals clinic clinics infirmary hospice healthcare vamc institute rehab rehabilitation",
    "surgicenter center centre hosp ctr memorial regional laboratories imaging associates manor pavilion pharmacy",
    "university college academy elementary orthopedics orthopaedics pediatrics general snf shelter health medical",
    "church school parish correctional penitentiary mission mall airport stadium arena museum zoo preschool",
    "kindergarten daycare middle peds ems ambulance apothecary infusion ltach nursing mortuary diagnostics",
    "dialysis va physicians sanatorium homecare campus village cancer living dispensary asc",
)
# Before a head these say what kind it is, not which.
SERVICE_WORDS = word_set(
    "the this our your their his her an a that any each outside local same nearest another other area public",
    "private general community regional medical surgical surgery emergency urgent acute critical intensive",
    "primary specialty skilled long term short stay nursing home health care cancer heart vascular stroke trauma",
    "burn wound pain sleep spine eye dental foot women women's womens children children's childrens pediatric",
    "pediatrics neonatal maternal family internal medicine mental behavioral psychiatric physical occupational",
    "speech therapy rehab rehabilitation outpatient inpatient ambulatory day procedure imaging radiology",
    "diagnostic diagnostics laboratory lab pathology infusion dialysis transplant orthopedic orthopedics cardiac",
    "cardiology pulmonary renal gi endoscopy neurology oncology urology dermatology ent ob gyn fertility allergy",
    "asthma diabetes coumadin anticoagulation warfarin memory travel vaccine flu covid walk-in retail call data",
    "poison control birth birthing breast prostate colon liver hospital clinic center assisted living senior",
    "adult teaching district department rural veterans military base county state national cath device pacemaker",
    "icd stoma ostomy hand preop postop pre post weight loss bariatric resource hospice university social",
    "services service security unit high middle school elementary college church free back nearby previous new",
    "old referring receiving tertiary quaternary academic flagship main affiliated parent sister critical-access",
    "admitting in for to from at and or of with follow up followup appointment staff nurse physician physicians",
    "group associates partners discharge night mail order us uk no my admitted transferred discharged went",
    "downtown respite subacute sub tele step icu ed er pt ot status",
)
EMPLOYER_HEADS = word_set(
    "inc llc llp corp corporation company co ltd plc foods brothers bros industries manufacturing mfg trucking",
    "logistics freight roofing construction plumbing electric electrical landscaping farms farm dairy ranch",
    "bakery brewery restaurant diner cafe grill hotel motel inn casino bank insurance motors auto automotive",
    "steel mills mill mining mine lumber paper packing packers poultry meats seafood fisheries shipyard airlines",
    "railroad railway transit transport express couriers courier enterprises holdings solutions technologies tech",
    "systems software consulting supply hardware tool tools machine machining works foundry plastics textiles",
    "apparel furniture flooring painting paving concrete contractors contracting builders drilling energy power",
    "gas oil petroleum chemical chemicals pharmaceuticals aerospace aviation electronics semiconductor wireless",
    "telecom media press printing publishing studios salon cleaners cleaning laundry janitorial security staffing",
    "warehouse distribution commissary depot market markets grocery grocers supermarket store stores outfitters",
    "nursery greenhouse orchards vineyards winery growers cooperative coop distillery garage factory plant",
    "orchard vineyard cannery sawmill quarry union local refinery fabrication welding boats marine tire tires",
    "glass ceramics pottery creamery solicitors attorneys realty realtors accountants railways pizzeria deli barbershop",
)
EMPLOYER_CUES = word_set(
    "employer employed employee works worked working job retired employment occupation laid",
)
CITY_CUES = word_set("in near from of to at outside around visiting toward towards through")
CITY_VERBS = word_set(
    "took takes flies returned deported",
    "travel travels fell lives living lived live resides residing resident reside born raised grew moved moving",
    "relocated traveled travelled traveling trip visit visiting visited vacation vacationing hiked hiking camping",
    "camped drove driving flew flying town city village beach staying stayed native home house farm cabin works",
    "working worked pharmacy from fishing hunting stationed incarcerated be stay stuck settled walgreens cvs",
    "store school shelter family cruise conference wedding funeral apartment condo ranch lake county",
)
# Places whose names are no secret in a chart: parts of a hospital, of a body, of a week.
NO_PLACES = word_set(
    "icu ed er or pacu micu sicu ccu nicu picu ward room clinic hospital office bed chair wheelchair place situ",
    "house home trendelenburg morison douglas person bathroom lab radiology triage ob labor recovery hospice snf",
    "rehab ltac ltach",
)
FAMOUS_CITIES = word_set(
    "boston chicago houston dallas seattle denver atlanta philadelphia phoenix detroit baltimore milwaukee",
    "albuquerque tucson fresno sacramento omaha tulsa cleveland wichita honolulu anaheim pittsburgh cincinnati",
    "toledo newark buffalo orlando chandler laredo durham lubbock irving glendale hialeah scottsdale reno spokane",
    "tacoma modesto fayetteville rochester yonkers worcester knoxville providence chattanooga brooklyn manhattan",
    "queens bronx memphis nashville louisville portland oakland minneapolis tampa indianapolis columbus austin",
    "miami abilene akron albany alexandria allentown amarillo anchorage appleton asheville bakersfield bangor",
    "beaumont bellevue bellingham bemidji berkeley billings biloxi birmingham bismarck bloomington boise boulder bozeman",
    "bridgeport brownsville burlington casper charleston charlottesville cheyenne chico",
    "clarksville corvallis covington davenport dayton decatur deland dothan dover dubuque duluth elgin",
    "elkhart elmira elpaso erie escondido eugene evanston evansville everett fairbanks fargo flagstaff frankfort fresno",
    "gainesville galveston greeley greensboro greenville gulfport hagerstown harrisburg hartford hattiesburg helena",
    "hilo hoboken huntsville ithaca jacksonville janesville joliet jonesboro joplin kalamazoo kankakee kenosha ketchikan",
    "killeen lafayette lakeland lancaster lansing lewiston lexington lima longview lorain lynchburg macon",
    "madera manassas mankato mansfield mcallen medford meridian merced mesquite midland missoula moline montgomery",
    "muncie muskegon muskogee naperville natchez norfolk ocala ogden olympia opelika oshkosh oxnard paducah",
    "palmdale pasadena paterson pawtucket pensacola petersburg plano pocatello pomona poughkeepsie prescott provo",
    "pueblo racine raleigh redding redmond richmond riverside roanoke rockford roswell saginaw salina salinas sandusky",
    "sarasota schenectady scranton seguin sheboygan shreveport sioux spartanburg springfield stamford",
    "stockton sumter syracuse tallahassee tempe texarkana topeka torrance trenton tuscaloosa utica valdosta",
    "vallejo visalia waco wausau wenatchee wheeling wilmington winona worcester yakima youngstown",
    "ypsilanti yuma zanesville guadalajara tijuana",
)
