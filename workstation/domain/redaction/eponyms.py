"""Names that medicine uses as words: eponyms with the nouns that follow them, and brand names that are also names."""

from __future__ import annotations


def _set(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


# Stand alone in notes: `Babinski down`, `placed a Foley`.
EPONYMS = _set(
    "simpson richmond humphrey gail lambl bookwalter veress lembert palmer babcock epworth wagner syntax tinetti humphreys goldman koebner",
    "hailey soulier camila jorgenson deaver balfour adson rumel satinsky doyen lahey poole hemoclip endoloop surgiflo floseal evicel duramorph",
    "exparel marcaine sensorcaine naropin diprivan levophed dobutrex cardene nimbex anectine zemuron bridion robinul precedex roxanol santyl",
    "airsense resmed philips respironics medtronic evera micra impella perclose angioseal watchman mitraclip sapien carillon triathlon gleason",
    "adie adson alagille allis alport alvarado alzheimer ames amsler angelman apley argyll asherman aschoff ashkenazi",
    "auer auspitz babinski balint ballard bankart barr barre barrett barthel bartholin barton bartter bassini battle",
    "bazett beck becker behcet bence benson berg bernard billroth bitot blakemore blalock blount blumberg boerhaave",
    "bohler bonney bouchard bovie bowen bowman braxton breslow broca brodie brudzinski brugada brunner budd buerger",
    "bunnell burkitt calot cantlie cantor capgras caplan carney caroli castleman chadwick chagas charcot charlson",
    "chediak cheyne chiari christmas chvostek clostridioides cockcroft codman coombs courvoisier couvelaire coxsackie",
    "credé crede creutzfeldt crigler crohn cronkhite cruveilhier cullen cushing danis darier debakey devic dieulafoy",
    "digeorge doppler dorendorf dressler dubin duchenne duckett ducrey dupuytren duroziez ebstein ehlers eisenmenger",
    "epley epstein erb erlenmeyer ewing fabry fagan fallot fanconi felty finkelstein fitzpatrick flack flexner",
    "fogarty foley fontan fontaine forrest fordyce fournier fowler fraley framingham frazier freiberg friedlander",
    "friedman friedreich froment frohlich fuchs gaenslen galeazzi galen gallavardin gamekeeper ganser garrod gaucher",
    "gerota gerstmann ghon giemsa gilles girdlestone glasgow gleason goldmann goldman golgi goodpasture goodsall",
    "gorlin gottron gowers gram grawitz grynfeltt guillain guthrie guyon hachinski hahn haglund halsted hamman hansen",
    "hartmann hartnup hashimoto hasson heberden heimlich helweg henle henoch hering hesselbach hickman hippel",
    "hirschsprung hodgkin hodgkins hoehn hoffa hoffmann hohn holter homan homans horner huckman hunner hurler hurthle",
    "hutchinson inglis ivor jacksonian jacobson jaeger jakob janeway jarisch jobe jod judkins kallmann kanavel",
    "kantrowitz kaposi karnofsky kartagener kasai katz kawasaki kayser kehr kellgren kerley kernig kerlix killip",
    "killian kimmelstiel kirschner klatskin kleihauer klinefelter klippel klumpke kocher koch koplik korotkoff",
    "korsakoff krabbe kraske krukenberg kugelberg kupffer kussmaul lachman ladd landry langer langerhans lasegue",
    "laurence leber ledderhose lefort legg leopold leriche lesch lewy lhermitte libman lichtenstein liddle linton",
    "lisfranc littre loeffler lofgren lou ludwig lund luschka lyme macewen maddrey maisonneuve mallampati mallory",
    "malpighi mantoux marfan marjolin markle mcburney mcconnell mccune mcroberts meckel meigs meld mendel mendelian",
    "mendelsohn meniere menetrier menkes merkel metzenbaum michaelis mikulicz milwaukee minerva mirizzi mobitz mohs",
    "mondor monro monteggia morgagni moro morison morquio morton moschcowitz muehrcke muller naegele nash neer nerve",
    "niemann nikolsky nissen noonan ober oddi ogilvie ollier ommaya oppenheim ortolani osborn osgood osler ottawa",
    "paget pancoast papanicolaou pap parinaud parkinson parkland parks parvin pasteur patau pel penrose perthes peutz",
    "peyer peyronie pfannenstiel phalen pickwickian pierre plummer pneumovax pompe poncet pott poupart prader pratt",
    "prehn prentiss prinzmetal pringle purkinje queckenstedt quain quincke ramsay ranke ranson rathke ravitch raynaud",
    "recklinghausen reidel reiter renshaw reye rh richter riedel ringer ringers rinne ritter rolando romberg",
    "rorschach rosenbach roseola roth rotor roux rovsing rubin santorini saint schatzki scheuermann schilling",
    "schirmer schmorl schober schonlein schultze schwann seldinger semmes sengstaken sertoli sezary sheehan shenton",
    "shiga shy silk silverman simmonds sipple sjogren skene snellen somogyi sorensen spigelian sprengel spurling",
    "starr steinmann stensen sturge sudeck swan swyer sydenham syme takayasu takotsubo tarlov tarsal tay tenckhoff",
    "thal thayer thomsen thoms thorel tietze timi tinel tourette toupet traube trendelenburg treitz trousseau turcot",
    "tzanck uhthoff unna valsalva vater venturi verner virchow volhard volkmann wada waldenstrom waldeyer wallenberg",
    "waller wangensteen warthin wartenberg wechsler wegener weir wellens wenckebach werdnig wermer wernicke",
    "westermark whipple wickham widal wiener wickersheimer willebrand wilms wiskott witzel yankauer yersinia yergason",
    "yin zellweger zenker ziehl zinsser zollinger zung aspen braun bristol hendrich waterlow rancho los amigos apgar",
    "gustilo bosniak fleischner lugano nottingham siewert fuhrman bethesda schatzker garden pauwels frykman mcafee",
    "milch denis magerl ibuprofen klebsiella escherichia serratia pseudomonas candida trialysis quinton permcath",
    "groshong broviac mediport portacath wallstent zenith amplatz glidewire omnipaque vicryl prolene monocryl",
    "ethibond dermabond gelfoam surgicel coban xeroform aquacel mepilex medihoney hemovac blake malecot cope davol",
    "shiley bivona portex passy muir dobhoff keofeed salem cordis honda toyota chevy chevrolet dodge nissan buick",
    "cadillac subaru kia hyundai tesla mercedes",
)

# So common as names that medicine is meant only with its noun behind: `Murphy sign`, not `(Murphy)`.
EPONYMS_WITH_A_NOUN = _set(
    "adams addison albright allen arnold arrow austin baker barlow bell bennett bishop boas braden bridges briggs",
    "bright brock brody brown bruce bruner burow caldwell cameron campbell carpenter castell child clark coats cobb",
    "cochran colles conn cooper corrigan cowper crawford custer dalton dandy davies davis denver doll down duke dukes",
    "edwards ellis ewald ferguson fisher fitz fleming flint ford frank french garcia gardner garland gibson gilbert",
    "gillespie gordon gore grace grady graves grey gunn hampton hand hardy harley harrington harris harvey hawkins",
    "henderson hill hoffman house howell hunt hunter huntington hutchison jackson jeep jefferson johnson jones kaplan",
    "keith kelly king lambert larsen lauren levine levy lewis lincoln little louis lynch mackenzie marcus marie",
    "marshall martin mason may mayfield mayo mcardle mcdonald mcgill mcgrath mcmurray miles mill miller milroy",
    "montgomery moore morrison morse munro murphy nelson newton norton patrick paul pearson perry phillips pick",
    "pierce poland potter potts price ramsey reed reynolds riley robertson robin rockall roland romano rose rosenthal",
    "ross russell sachs salter schwartz sever simmons sims smith spencer starling stein stevens stewart still stokes",
    "strong stryker stuart sweet tanner taylor terry thomas thompson todd turner usher vincent von ward warren",
    "waterhouse watson weber weil weiner weiss wells werner whitaker white whitmore williams willis wilson winslow",
    "winter wolf wolff wood woods wright",
)

# Nouns that make the name before them a word of medicine.
HEADS = _set(
    "disease syndrome sign signs phenomenon palsy contracture esophagus oesophagus test maneuver manoeuvre score scores",
    "criteria criterion scale classification grade grading stage staging class lines line nodes node lesion lesions spots",
    "spot point triangle pouch lobe tube drain catheter forceps retractor clamp needle trocar position reflex law cyst",
    "hernia tumor tumour sarcoma lymphoma ulcer ulcers gangrene fracture procedure operation repair technique approach",
    "incision method stain body bodies cell cells ring rings duct canal ligament tendon fascia space boot boots wrap",
    "dressing collar brace splint traction rod rods screw screws plate nail wire wires prosthesis graft patch valve flap",
    "suture knot anesthesia block blade laryngoscope airway breathing respirations respiration murmur pulse gait ataxia",
    "chorea dementia aphasia area gyrus encephalopathy psychosis epilepsy seizure seizures march facies rash thyroiditis",
    "purpura anemia factor antigen antibody antibodies agent virus bacillus fever index equation formula curve chart",
    "stockings hose monitor pattern waves wave pupils pupil esophagitis papule papules striae plaque plaques neuroma",
    "neuralgia nerve muscle joint joints foot nephropathy cardiomyopathy angina arteritis thrombosis osteotomy anastomosis",
    "fundoplication gastrectomy esophagectomy pancreatectomy whipple gauge table bag mask pins pin halo tongs shunt glands",
    "gland crypts fossa ganglion zone angle membrane sinus sphincter papilla ampulla loop capsule tubule hairs nevus",
    "melanoma thickness level levels lymphedema malformation deformity dysplasia atrophy dystrophy jones robertson barre",
    "hunt syndrome's type types carrier",
    "carriers screen screens hemoglobin bengal tree titer titers igm igg serology pcr tick bacteremia esbl sepsis",
    "coronary catheterization roll exercise exercises stimulator pump vac swab culture medium agar oil lamp light lens",
    "chamber count counts cough dystonia crisis cancer carcinoma granulomatosis apnea hood solution lactate bath cannula",
    "suction tip cautery electrocautery knife scissors hook stent balloon filter port tunnelled tunneled insertion placement",
)

# What is said of a sign: as good as a noun, but people are `present` too.
SIGN_STATES = _set(
    "positive negative neg absent present normal pos ii iii iv i v vi b a c placed removed inflated exchanged discontinued",
    "equivocal reactive nonreactive bilaterally pending detected bilateral",
)

# Brand and generic names that are, or sound like, names of people and places.
DRUGS_LIKE_NAMES = _set(
    "abilify accolate accupril aceon aciphex actonel actos adalat adderall advair advil aggrenox albuterol aldactone aleve",
    "allegra alesse ambien amaryl amerge anaprox ancef androgel apresoline arava aricept arimidex armour aromasin arthrotec",
    "asacol ascensia astelin atacand atarax ativan atrovent augmentin avalide avandia avapro avastin avelox avodart",
    "azilect azor bactrim bactroban basaglar belsomra benadryl benicar bentyl betapace biaxin botox breo brilinta bumex",
    "buspar bydureon byetta bystolic caduet calan cardizem cardura carafate cartia catapres ceftin celebrex celexa",
    "cellcept chantix cialis cipro clarinex claritin cleocin climara clinoril clonidine clozaril cogentin colace colcrys",
    "combivent compazine concerta copaxone coreg corgard cortef cosopt coumadin cozaar crestor cymbalta cytomel cytoxan daliresp",
    "daypro decadron deltasone demadex demerol depakote desyrel detrol dexilant diamox diflucan dilantin dilaudid diovan",
    "ditropan diuril dolophine doral duoneb duragesic dyazide effexor effient elavil eldepryl elidel eliquis emsam enbrel",
    "entresto epipen epogen estrace evista evoxac exelon exforge farxiga femara fioricet flagyl flexeril flomax flonase",
    "florinef flovent focalin forteo fosamax gabapentin gemzar geodon gleevec glucophage glucotrol halcion haldol harvoni",
    "herceptin humalog humira humulin hydrea hytrin hyzaar imdur imitrex imodium imuran inderal indocin invega invokana",
    "isordil januvia janumet jantoven jardiance kayexalate keflex kenalog keppra keytruda klonopin klor lamictal lamisil",
    "lanoxin lantus lasix latuda lescol leukeran levaquin levemir levitra levothroid levoxyl levsin lexapro librium lidoderm linzess",
    "lioresal lipitor lodine lomotil lopid lopressor lortab lotensin lotrel lovaza lovenox lucentis lunesta lupron luvox",
    "lyrica macrobid maxalt maxzide medrol mestinon metformin mevacor micardis microzide miralax mirapex mirena mobic",
    "motrin mucinex myrbetriq namenda naprosyn narcan nardil nasacort nasonex neulasta neurontin nexium niaspan nitrostat",
    "norco normodyne norpace norvasc novolin novolog nucynta nuvigil nuvaring opdivo orapred ortho otezla oxycontin pamelor",
    "parnate paxil paxlovid pepcid percocet periactin persantine plaquenil plavix pletal ponstel pradaxa prandin pravachol",
    "precose premarin prevacid prilosec prinivil pristiq procardia prograf prolia prometrium propecia proscar protonix",
    "proventil provera provigil prozac pulmicort qvar ranexa razadyne reglan relafen relpax remeron remicade renagel renvela requip",
    "restasis restoril retin revatio revia rheumatrex risperdal ritalin rituxan robaxin robitussin rocephin roxicodone rozerem",
    "rybelsus sanctura saphris savella seroquel serzone simcor sinemet sinequan singulair skelaxin soma sonata spiriva",
    "sporanox stelara strattera suboxone sular symbicort symmetrel synthroid tamiflu tapazole tarceva tegretol tekturna",
    "tenormin tessalon thorazine tiazac tigan tikosyn timoptic tofranil topamax toprol toradol toujeo tracleer tradjenta trandate",
    "travatan trental tresiba trexall tribenzor tricor trileptal trintellix trulicity truvada tylenol tyvaso uceris uloric ultracet",
    "ultram unasyn univasc uroxatral valium valtrex vancomycin vasotec venlafaxine ventolin vesicare viagra vicodin victoza",
    "viibryd vimpat vistaril vivitrol voltaren vytorin vyvanse warfarin welchol wellbutrin xalatan xanax xarelto xeljanz",
    "xolair yasmin yaz zanaflex zantac zarontin zaroxolyn zebeta zestoretic zestril zetia ziac zithromax zocor zofran zoloft",
    "zomig zonegran zosyn zovirax zyban zyloprim zyprexa zyrtec zyvox ozempic wegovy mounjaro kadcyla imbruvica revlimid",
    "velcade xtandi zytiga skyrizi rinvoq cosentyx taltz tremfya dupixent ocrevus gilenya tecfidera aubagio tysabri",
    "aimovig ajovy emgality nurtec ubrelvy quviviq depo depo-provera nexplanon implanon paragard plan seasonale",
    "angeliq lybrel sprintec alyacen camrese",
)
