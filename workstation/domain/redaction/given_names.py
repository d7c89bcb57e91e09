"""Given names that became common after the census list was made, or that it holds under another spelling."""

from __future__ import annotations

from workstation.domain.redaction.wording import word_set

MORE_GIVEN = word_set(
    "aaliyah abdul abdullah abigail ahmad ahmed aiden aidan aisha akira alejandra alessandra alina alondra amara",
    "amina amir amira amit anaya andre anika anjali ansel anya aria ariana arjun arya asha asher ashlyn aurora",
    "avery axel ayaan ayesha aylin bao beckett bianca braden brayden bryce brynn caden caleb camden camila",
    "carmelo carter cayden chase chloe colton cooper dakota dalia damian dang daniela deepa deepak dev devin",
    "devon diego dmitri duc dylan easton ekaterina elena eli eliana elias elif ella ellie emilia emmanuel ember",
    "esme ethan eva evan ezra fatima fatoumata felix finn fiona gabriela gage gavin genesis giovanni giselle",
    "grayson greta hadley hailey hamza hana hannah harper hassan hayden hazel heba hiroshi hudson hung huong",
    "hussein ian ibrahim imani isabela isla ismael itzel jaden jada jaiden jamal jasmin javier jax jayden jayla",
    "jaxon jin jing jorge josiah juan julian kaden kai kaitlyn kamal kareem kavya kayden kayla kehinde keiko",
    "kelechi kenji khadija khalid kiana kiara kofi kwame kyle kylie laila lakshmi landon lan layla leila leilani",
    "lena leo leonel levi liam lila lina linh logan luca lucas luna maddox madison mai malik manuel mariam",
    "mariana mason mateo maya mehmet mei melania mia micah mila milo min minh mohamed mohammad mohammed muhammad",
    "mustafa nadia naomi natasha nathaniel nasir neha ngoc ngozi nia nikhil nina noah nolan nora nova olga olivia",
    "omar oscar owen paisley parker patrice peyton phoebe phuong piper preston priya quinn",
    "rafael rahul raj rajesh ravi reagan reese remy riley rohan rosa rowan ryder sadie sahana salma samir sana",
    "sanjay santiago sara sasha savannah sawyer sebastian selena shanice sienna sierra siobhan skyler sofia",
    "sophie stella sunil suresh svetlana sydney tamika tariq tatiana teagan thanh thi thiago tiana tomas tran",
    "trinity tucker tuan tyler umar uma valentina vijay vikram violet vivek wei wen wyatt xavier xiomara ",
    "yara yasmin yesenia yosef yuki yusuf zachary zainab zara zayden zhen zion zoe zoey zuri obinna chidi chinedu",
    "adaeze amaka emeka ifeoma uche yaw kojo akua ama abena efua siddharth aditya ananya ishaan kiran meera nisha",
    "pooja ramesh shreya sunita usha venkat hyun jiwoo minjun seojun soo youngjae xin yan yu lei hao tao jun ming",
    "ling fang hui hua qing xia yuan bui dinh anh khanh tam trang tuyet vinh aleksander andrzej bogdan dragan",
    "goran ivana jelena katarzyna krzysztof milos oksana oleg piotr stanislaw tadeusz tomasz vladimir yuri zoran",
    "ines joao miguel paulo pilar rocio xochitl angus declan eamon niamh saoirse sinead cormac fergus ewan hamish",
    "lachlan rhys dafydd gwen bjorn freya ingrid lars leif sven astrid soren henrik ",
)
