"""Closed lists of English words that the fact rules lean on: how verbs bend, what governments have, what they do not.

They are grammar, not news; what a desk may want to change stands in `config/lexicon.toml`.
"""

from __future__ import annotations

from bot.signals.tokens import word_set

_REGULAR = word_set(
    "abandon accelerate accept accuse acknowledge acquire activate adapt add address adjust admit adopt advance "
    "advise affirm agree aim alert allege allocate allow amass amend announce answer anticipate apologise "
    "apologize appeal appear applaud appoint approach approve argue arrest arrive ask assail assassinate assert "
    "assume assure attack attempt attend authorise authorize avert avoid await award axe back backpedal backtrack "
    "balk ban bar bargain bash bask battle beg believe bemoan berate blacklist blame blast blink block boast "
    "bolster bomb bombard boost boycott brace brandish bristle brush bury call cancel capture carry carve caution "
    "cave cede celebrate chair challenge champion change charge chart chase chastise chide circulate cite claim "
    "clarify clash claw clear clinch cling close comment commit compare complain complete concede concentrate "
    "conclude condemn condone conduct confer confirm confiscate confront consider conspire consult contain "
    "contemplate contend continue contribute convene convince cool correct counter court criminalise criticise "
    "criticize cross curb curtail dampen dangle dash debate decide declare decline decouple decry dedicate deepen "
    "defeat defend defer defund defuse defy delay deliver demand denounce deny depart deploy deport deride "
    "describe deserve designate destroy detail detain deter devalue develop devote dial diminish dine direct "
    "disagree disappoint disclose discount discuss dismiss dispatch dispel displace dispute ditch divulge dodge "
    "dominate donate double doubt downgrade downplay drag drop drown duck ease echo edge eject elaborate "
    "eliminate embargo embark embrace emerge emphasise emphasize enact encounter encourage end endanger endorse "
    "endure enforce engage enlist ensure enter entertain entice envisage erase erect escalate establish evacuate "
    "evade evolve examine exclude excoriate excuse execute exempt exit expand expect expel explain exploit "
    "explore expose express extend extol extort eye fabricate face facilitate fail fault favor favour fear fend "
    "ferry field file fill finalise finalize fine finish fire fix flag flaunt flex flirt float flout focus force "
    "forecast foresee forge formalise formalize forswear fortify foster fret fuel fulfil fulfill fume fund "
    "furnish galvanise gamble gather gear gird goad grab grant grapple greenlight greet grill groom guarantee "
    "guard guess guide hack hail halt hammer handle harass harden hasten hate haul head heat hedge heed heighten "
    "help hesitate highlight hike hint hire hold honor honour hope host huddle humiliate hunt identify ignore "
    "imperil implore imply impose imprison improve inaugurate inch incite incline include increase indicate "
    "inform infuriate inherit initiate inject injure insist inspire install instruct insulate insult intend "
    "intensify intercept intervene interview intimidate introduce invade invest investigate invite invoke irk "
    "isolate issue jeopardise jeopardize jettison join jolt justify kick kill knock label lambast lambaste lament "
    "land lash laud launch launder lean lecture legalise legalize legislate lever levy liberalise liberate lift "
    "liken limit link litigate loan lobby lock look loom loosen loot love lower maintain manage mandate "
    "manipulate marginalise mark maul mean meddle mediate menace mention militarise minimise misuse mobilise "
    "mobilize mock mourn move mull muscle muster name nationalise nationalize near needle neglect negotiate nix "
    "nominate note notify nudge nurture obey object observe obstruct obtain occupy offend offer open oppose "
    "orchestrate order oust outbid outflank outlast outlaw outline outmaneuver outpace overhaul overlook overrule "
    "overturn own pacify paralyse pardon pare participate partner pass pause pave pen penalise penalize perceive "
    "permit persuade phase pick pile pilot pitch pivot placate place plan play plead pledge plot plunder point "
    "police ponder portray position possess postpone pounce praise predict prefer prepare present preside press "
    "pressure pressurise pretend prevail prevent prioritise prioritize privatise privatize probe proceed proclaim "
    "procure prod prohibit project prolong promise promote prompt propose prosecute protect protest prove provide "
    "provoke publish pull pummel pump punch punish purchase purge pursue push quadruple question quip quiz rack "
    "raid rail raise rally ramp ratchet ratify rattle reach react reaffirm realise realize reap reappoint "
    "reassert reassess reassure rebound rebuff rebuild rebuke rebut recall recede receive reckon reclaim "
    "recognise recognize recommend reconcile reconsider recount recruit redirect redouble reduce reel refer "
    "refine reflect reform refrain refuse refute regain regard register regret regroup reignite reimpose rein "
    "reinforce reinstate reiterate reject relaunch relax release relent relocate rely remain remake remark remedy "
    "remind remove renege renegotiate renew renounce reopen repatriate repay repeal repeat repel replace reply "
    "report represent reprimand request require rescind rescue resemble resettle reshape reshuffle resign resist "
    "resolve respond restart restate restore restrain restrict resume retain retaliate retract retreat return "
    "retweet revalue revamp reveal reverse revert review revise revive revoke reward ridicule rile rip risk rival "
    "roar rob rock roil roll rotate rouse rule rush safeguard salute salvage sanction sap satisfy savage scale "
    "scoff scold score scour scramble scrap scrutinise scrutinize scuttle seal secure seduce seize sense separate "
    "settle shape share shelter shelve shield shift shock shore shove shred shrug shun shutter side sideline "
    "sidestep sign signal simmer skewer skip slam slap slash slow smuggle snap snarl snatch sneak snub soften "
    "solicit solve soothe sound sour spar spark speculate speed spell splurge spook spotlight spur spurn squash "
    "squeeze stabilise stabilize stage stagger stall stamp stare start starve state stay steer stem step stick "
    "stiffen stifle stipulate stir stockpile stoke stomp stop straddle stray strengthen stress strip struggle "
    "study stumble stun submit subsidise subsidize subvert succeed sue suffer suggest summon support surpass "
    "surprise surrender surround survive suspect suspend sustain swallow swap sway sweep switch table tackle talk "
    "tamp tap target taunt tease teeter temper tempt terminate terrorise test testify thank thaw thrash threaten "
    "thrive throttle thwart tighten tilt tip toast tolerate topple torch torpedo toss toughen tour tout toy trade "
    "traffic trail train transfer transform transmit trash travel treat tremble trigger trim triple triumph troll "
    "trounce trumpet trust try turn tussle tweak tweet undermine unfreeze unify unite unleash unseal unlock unnerve "
    "unsettle unveil unwind update upend upgrade uphold urge use usher utter vacate vaccinate vanish veer vent "
    "veto vie view vilify vindicate violate visit voice vote vouch vow wage wait waive walk want warm warn watch "
    "wave weaken wean weaponise weaponize weather weigh welcome whip widen wield wipe woo work worry wrap wreck "
    "wrest wrestle yank yield zero"
)
_DOUBLING = word_set(
    "ban bar beg clap compel confer deter drag drip drop flip grab jam nix permit pin plan plot prod quip rap "
    "rebut refer regret rip rob rot scrap scrub ship skip slam slap snap snub spar spot spur stem step stir stop "
    "strap strip stun swap tap tip top trim trip whip wrap"
)
_NOT_VERBS = word_set(
    "shares states trades projects sounds tables means owns charges changes pilots partners rivals risks funds "
    "objects loans positions"
)
_IRREGULAR_PRESENT = word_set(
    "becomes begins buys builds breaks digs freezes shoots shrinks spreads swings undergoes bids seems needs "
    "costs hurts beats brings catches chooses comes cuts deals does draws drives eats falls feels fights finds "
    "flies forbids forgets gets gives goes grows has hears hits holds is keeps knows lays leads leaves lends lets "
    "lies loses makes meets offsets overcomes oversees overtakes overthrows pays pleads puts quits rebuilds "
    "rethinks rides rises runs says seeks sees sells sends sets shakes shows shuts sits slides speaks spends "
    "splits stands steals sticks strikes swears takes teaches tells thinks throws understands undercuts undoes "
    "upsets wears wins withdraws withholds writes vies denies tries replies testifies ratifies"
)
_IRREGULAR_PAST = word_set(
    "became began bought broke froze spread built fled brought caught chose came dealt did drew drove fell felt "
    "fought found flew forbade gave got went grew had heard held kept knew laid led left lent lost made met "
    "oversaw overtook paid ran said saw sought sold sent shook shot shown spoke spent stood stuck struck stole "
    "swore taken took taught told thought threw understood undid was were won withdrew withheld wrote denied "
    "tried replied vied testified ratified"
)
_IRREGULAR_BASE = word_set(
    "become begin bring catch choose come cut deal do draw drive fight find get give go grow have hear hit keep "
    "know lay lead leave let lose make meet offset oversee pay put quit rethink run say see seek sell send set "
    "show speak spend stand strike swear take tell think throw understand win withdraw withhold write vie deny "
    "try reply testify ratify be rise fall cost hurt beat shut split sit buy build feed"
)
_AUXILIARIES = word_set(
    "to will has have had is was are were can't cannot won't isn't wasn't aren't doesn't didn't hasn't hadn't "
    "wouldn't shouldn't couldn't does did"
)


def _third_person(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x", "z", "o")):
        return verb + "es"
    return verb[:-1] + "ies" if _ends_in_y(verb) else verb + "s"


def _past(verb: str) -> str:
    if verb in _DOUBLING:
        return verb + verb[-1] + "ed"
    return verb[:-1] + "ied" if _ends_in_y(verb) else verb.removesuffix("e") + "ed"


def _progressive(verb: str) -> str:
    if verb in _DOUBLING:
        return verb + verb[-1] + "ing"
    return (verb if verb.endswith("ee") else verb.removesuffix("e")) + "ing"


def _ends_in_y(verb: str) -> bool:
    return verb.endswith("y") and verb[-2] not in "aeiou"


_PRESENT = frozenset(_third_person(verb) for verb in _REGULAR) - _NOT_VERBS
BASES = _REGULAR | _IRREGULAR_BASE
PASTS = frozenset(_past(verb) for verb in _REGULAR) | _IRREGULAR_PAST
PRESENTS = _PRESENT | _IRREGULAR_PRESENT
PROGRESSIVES = frozenset(_progressive(verb) for verb in BASES - {"be"}) | word_set(
    "putting cutting getting setting hitting letting running quitting winning lying shutting"
)
# What follows a single subject that acts: "Canada imposes", "Canada to impose", "Canada has imposed". Words such as
# "may" and "could" are not here: who only might act does not act.
FINITE = PRESENTS | PASTS | _AUXILIARIES
MODALS = word_set("may might could should would can must")
# What ends the reach of another verb: "says", but not "planned" in "announces planned tariffs".
CLAUSE_VERBS = PRESENTS | word_set("said told is are was were am be been has have had will would does did do")
VERBS = FINITE | BASES | PROGRESSIVES

SPEECH = word_set("say says said warn warns warned announced announces told tells added adds reported")
SAYING = SPEECH | word_set(
    "sees expects calls signals urges insists suggests vows hints denies confirms thinks believes hopes defends "
    "rejects backs welcomes predicts touts pledges promises dismisses argues notes cautions favors wants"
)
ADVERBS = word_set(
    "also again then now both still just not soon finally yet once twice first further never even really already "
    "all only instead back"
)

PLACE_PREPOSITIONS = word_set("in across near inside throughout around outside at into within")
PREPOSITIONS = word_set(
    "on of for in by against from to into over about under with at after before amid despite between per versus "
    "vs without toward towards around above below like than during through via beyond onto upon within across "
    "near since"
)
TRAVEL_WORDS = word_set(
    "visit visits visited visiting trip travel travels traveled travelled traveling travelling flight flies flew "
    "tour arrives arrived heads headed head"
)

# What only a government has: "Chinese officials", "US tariffs", "Japan's trade minister".
STATE_NOUNS = word_set(
    "government administration officials official ministry minister ministers president premier prime chancellor "
    "leader leaders authorities delegation negotiators negotiator representatives representative envoy envoys "
    "tariffs tariff duties duty levies levy sanctions trade talks ambassador foreign commerce finance treasury "
    "parliament fm customs regulators regulator senate congress side counterpart counterparts vice export import "
    "deal countermeasures retaliation curbs team troops military army spokesman spokeswoman spokesperson deputy "
    "top senior chief lawmakers cabinet pm negotiations quotas ban bans embargo diplomat diplomats accord "
    "agreement pact truce summit ministry's secretary navy forces"
)
# What a government does, as a noun: "China's retaliation", "Japan's offer", "Canada's response".
ACT_NOUNS = word_set(
    "response offer threat threats call decision demand demands proposal pledge promise refusal request warning "
    "announcement move moves push bid plan plans probe investigation complaint appeal protest claim claims "
    "retaliation restrictions controls curbs concessions commitment policy policies invitation stance withdrawal "
    "rejection crackdown blacklist capture seizure attack attacks invasion raid blockade strikes offensive"
)
# What a tariff falls on: a country's goods make it a party where a measure is spoken of.
GOODS = word_set(
    "goods imports products exports steel cars aluminum aluminium autos exporters purchases made metals lumber "
    "soybeans beef wine chips solar electronics pork farm agricultural food auto vehicles dairy cheese seafood "
    "trucks semiconductors minerals whisky whiskey bourbon champagne tomatoes sugar rice textiles garments drugs "
    "pharmaceuticals barley coal lobster timber furniture batteries panels shipments planes jets aircraft "
    "motorcycles appliances fish meat corn fruit avocados olives"
)
# What is a country's without being its government.
PRIVATE_NOUNS = word_set(
    "stocks stock shares share markets market economy economies exports imports inflation gdp growth output "
    "factory factories manufacturing consumers consumer companies company firms firm businesses business "
    "investors yuan dollar yen won peso rupee bonds bond yields yield equities futures exporters producers "
    "farmers workers sales demand production industry retailers retail shoppers crude oil carmakers automakers "
    "banks bank housing unemployment jobs payrolls media people chamber subsidiary unit operations projections "
    "central reserve currency airlines airline tech auto home industrial private small giants giant groups group "
    "dirham franc lira losses airports travelers students tourists voters citizens women men children households "
    "households'"
)
NAME_PARTICLES = word_set("von van der den de del della da dos di bin al la le el ten")

# Family names that stand first: "He Lifeng", "Lee Jae-myung", "Pham Minh Chinh".
FAMILY_FIRST = word_set(
    "ai bai cai cao chang chen cheng choi chu cui dai deng ding dong du duan fan fang feng fu gao geng gu guan "
    "guo ha han hao he hong hou hu hua huang hwang ji jia jiang jin jung kang kim kong lai lan lee lei li lian "
    "liang liao lim lin liu long lou lu luo lv ma mao meng mo moon nguyen ni ning niu pan park peng pham qi qian "
    "qin qiu qu ran ren shao shen shi shin song su sun tan tang tao tian tran tu wan wang wei wen weng wu xi xia "
    "xiang xiao xie xin xing xiong xu xue yan yang yao ye yeo yi yin yoon you yu yuan yue zeng zhai zhan zhang "
    "zhao zheng zhong zhou zhu zhuang zou"
)
