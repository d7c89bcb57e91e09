"""English and Spanish given names and what people call their bearers; written from common knowledge."""

from __future__ import annotations

_FAMILIES = """
abigail abby abbie gail|abraham abe bram|adelaide addie|albert al bert bertie|alexander alex sandy xander lex|
alexandra alex sandra lexi sasha|alfred al fred alf|alice ali|alicia ali|allison ali allie|amanda mandy|
amelia amy millie|andrea andi|andrew andy drew|angela angie|angelina angie lina|ann annie nan|anna annie|
anne annie nan|annette annie|anthony tony|antonio tony|antoinette toni nettie|arnold arnie|arthur art artie|
barbara barb babs barbie|bartholomew bart|beatrice bea trixie|beatriz bea betty|benjamin ben benny benji|
bernadette bernie|bernard bernie|bertha bertie|bradley brad|brandon bran|brenda bren|caleb cal|calvin cal|
cameron cam|caroline carrie carol|carolyn carol|cassandra cassie sandy|catherine cathy kate katie cat cate kitty|
cecilia cece celia|charles charlie chuck chas chip|charlotte charlie lottie|chester chet|christian chris|
christina chris tina chrissy|christine chris tina chrissy|christopher chris kit topher|clarence clare|
clifford cliff|clinton clint|consuelo chelo|cornelius neil corny|curtis curt|cynthia cindy|daniel dan danny|
danielle dani|david dave davey|deborah deb debbie|debra deb debbie|delores dee lola|dolores dee lola|
dominic dom nick|donald don donny|donna dee|dorothy dot dottie dolly|douglas doug|edgar ed|edith edie|edmund ed ted|
eduardo eddie lalo|edward ed eddie ted ned|edwin ed|eleanor ellie nell nora|elias eli|
elizabeth liz beth betty betsy eliza lizzie libby bess lisa|emily em emmy|emmanuel manny|enrique quique|
ernest ernie|esperanza espi|estelle stella|eugene gene|evelyn evie|ezekiel zeke|florence flo flossie|
frances fran frankie franny|francesca fran|francis frank fran|francisco paco pancho frank cisco|franklin frank|
frederick fred freddie rick|gabriel gabe|gabriela gabby|gabrielle gabby|genevieve gen jenny|geoffrey geoff jeff|
george georgie|gerald jerry gerry|geraldine gerry|gertrude trudy gert|gilbert gil|gloria glo|grace gracie|
gregory greg|guadalupe lupe|guillermo memo|gwendolyn gwen|harold harry hal|harriet hattie|harrison harry|helen nell|
henrietta hattie etta|henry hank harry|herbert herb bert|howard howie|hubert hugh bert|ignacio nacho|isaac ike|
isabel izzy bella|isabella izzy bella|isadora izzy dora|isidro chilo|jackson jack|jacob jake|jacqueline jackie|
james jim jimmy jamie|jane janie|janet jan|janice jan|jason jay|jedediah jed|jasmine jazz|jeanette jean|jefferson jeff|
jeffrey jeff|jennifer jen jenny|jeremiah jerry|jeremy jerry|jerome jerry|jessica jess jessie|jesus chuy|joan joanie|
joanna jo|joanne jo|jonathan jon|john jack johnny jack|jose pepe chepe|josefina fina|joseph joe joey|
josephine jo josie|joshua josh|joyce joy|juan juancho|judith judy|julia julie|julian jules|
katherine kathy kate katie kat kitty kay|kathleen kathy kate katie|kathryn kathy kate katie|kenneth ken kenny|
kimberly kim|kristina kris tina|kristine kris|lawrence larry|leonard leo len lenny|leonardo leo|leroy lee roy|
leslie les|lewis lew|lillian lily lil|lincoln linc|louis lou louie|louise lou|lucille lucy|lucinda lucy cindy|
madeline maddie|magdalena lena maggie|malcolm mal|marcus marc|margaret maggie meg peggy marge margie greta peg|
margarita rita|maria mary|marianne mary|marilyn mary|marjorie marge|martha marty mattie|martin marty|marvin marv|
mary molly polly mae|mathew matt|matilda tilda tillie|matthew matt|maurice moe|maximilian max|maxwell max|
melanie mel|melissa mel missy lissa|melvin mel|mercedes mercy|michael mike mikey mick mickey|michelle shelly|
mildred millie|miguel mike|miriam mimi|mitchell mitch|mohammad mo|mohammed mo|montgomery monty|morris moe|
muhammad mo|nancy nan|natalie nat|nathan nate nat|nathaniel nate nat than|nicholas nick nicky|nicole nikki|
norman norm|olivia liv ollie|oliver ollie|oscar ozzie|pamela pam|patricia pat patty tricia trish|patrick pat paddy|
paul paulie|pauline polly|penelope penny|peter pete|philip phil|phillip phil|phyllis phyl|priscilla cilla|
rachel rae|ramon moncho|randall randy|randolph randy|raphael rafe|raymond ray|rebecca becky becca|regina gina|
reginald reggie|reuben rube|richard rick dick rich richie ricky|robert bob rob bobby robbie bert|roberta bobbie|
roberto beto|roderick rod|rodney rod|roger rog|roland rollie|ronald ron ronnie|rosalie rose|rosalind rose roz|
rosario chayo|rosemary rose|rudolph rudy|rupert rob|russell russ|ruth ruthie|samantha sam|samuel sam sammy|
sandra sandy|sarah sally sadie|sebastian seb bastian|shirley shirl|sidney sid|silvia syl|solomon sol|sophia sophie|
stanley stan|stephanie steph|stephen steve steph|steven steve|stewart stu|stuart stu|susan sue susie suzy|
susannah sue|suzanne sue suzy|sylvester sly|sylvia syl|tabitha tabby|teresa terry tess|terrence terry|
thaddeus thad tad|theodore ted teddy theo|theresa terry tess tracy|thomas tom tommy|timothy tim timmy|tobias toby|
valerie val|vanessa nessa|veronica ronnie vera|victor vic|victoria vicky tori|vincent vince vinny|viola vi|
violet vi|virginia ginny ginger|vivian viv|walter walt wally|wendell wen|wilbur will|wilfred will fred|
wilhelmina minnie mina|william will bill billy willie liam|winifred winnie|winston win|yolanda yoli|yvonne vonnie|
zachary zach zack
"""
_SHORT: dict[str, tuple[str, ...]] = {}
for _family in _FAMILIES.replace("\n", "").split("|"):
    _formal, *_called = _family.split()
    _SHORT[_formal] = tuple(_called)


_FORMAL: dict[str, tuple[str, ...]] = {}
for _formal, _names in _SHORT.items():
    for _name in _names:
        _FORMAL[_name] = (*_FORMAL.get(_name, ()), _formal)


def short_forms(given: str) -> tuple[str, ...]:
    """What a bearer of this folded given name may be called, or may be called in full."""
    return (*_SHORT.get(given, ()), *_FORMAL.get(given, ()))
