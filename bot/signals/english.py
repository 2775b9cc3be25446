"""Closed lists of English words that the fact rules lean on: how verbs bend, what governments have, what they do not.

They are grammar, not news; what a desk may want to change stands in `config/lexicon.toml`.
"""

from __future__ import annotations

from bot.signals.tokens import word_set

_REGULAR = word_set(
    "accept accuse add address agree aim announce appear approve argue ask attack attend back ban believe blame "
    "block boast brush call cancel challenge claim clash claw comment concede condemn confirm consider continue "
    "counter criticise criticize decide declare decline defend delay demand denounce deny deploy describe discuss "
    "dismiss double downplay drop ease echo embrace end escalate exempt expect express extend face fire float "
    "force grant hail hike hint hope impose increase insist invite issue join jolt kick land lash launch lift "
    "look lower mock move mull need negotiate nominate offer open oppose order oust outline pare pause pick plan "
    "pledge postpone praise predict prepare press promise propose pull push question raise ramp reach reaffirm "
    "reassure reiterate reject release remove repeat reply resign respond resume retaliate retreat return reveal "
    "reverse roll rule scrap settle shift sign signal slam slap soften speed start step stop stress suggest "
    "suspend talk target testify threaten tie tour tout travel try turn unveil urge vow wait walk want warn weigh "
    "welcome widen work worry"
)
_IRREGULAR = word_set(
    "become becomes became begin begins began bring brings brought cut cuts draw draws drew fight fights fought "
    "find finds found get gets got give gives gave go goes went hit hits hold holds held keep keeps kept lead "
    "leads led leave leaves left lose loses lost make makes made meet meets met pay pays put puts run runs ran "
    "said say says see sees saw seek seeks sought sell sells sold send sends sent set sets speak speaks spoke "
    "stand stands stood strike strikes struck take takes took tell tells told think thinks thought win wins won "
    "withdraw withdraws withdrew write writes wrote deny denies denied testifies testified replies replied tries "
    "tried vie vies"
)
_AUXILIARIES = word_set(
    "to will would has have had is was are were be may might could can cannot can't won't isn't wasn't does did "
    "doesn't didn't should must hasn't"
)


def _bent(verb: str) -> tuple[str, ...]:
    """The forms a headline uses: "impose", "imposes", "imposed"."""
    stem = verb.removesuffix("e")
    doubled = verb + verb[-1] + "ed"
    return verb, verb + "s", verb + "es", stem + "ed", doubled


ACTS = frozenset((*_IRREGULAR, *_AUXILIARIES, *(form for verb in _REGULAR for form in _bent(verb))))
SPEECH = word_set("say says said warn warns warned announced announces told tells added adds reported")

PLACE_PREPOSITIONS = word_set("in across near inside throughout around outside at into within")
TRAVEL_WORDS = word_set(
    "visit visits visited visiting trip travel travels traveled travelled traveling travelling flight flies flew "
    "tour arrives arrived heads headed"
)

# What only a government has: "Chinese officials", "US tariffs", "Japan's trade minister".
STATE_NOUNS = word_set(
    "government administration officials official ministry minister ministers president premier prime chancellor "
    "leader leaders authorities delegation negotiators negotiator representatives representative envoy envoys "
    "tariffs tariff duties duty levies sanctions trade talks ambassador foreign commerce finance treasury "
    "parliament customs regulators court courts senate congress side counterpart counterparts vice export import "
    "deal countermeasures retaliation curbs team troops military army spokesman spokeswoman spokesperson state "
    "deputy top senior chief lawmakers central cabinet"
)
# What a tariff falls on: a country's goods make it a party where a measure is spoken of.
GOODS = word_set("goods imports products exports steel cars aluminum aluminium companies exporters purchases")
# What is a country's without being its government.
PRIVATE_NOUNS = word_set(
    "stocks stock shares markets market economy economies exports imports inflation gdp growth output factory "
    "factories manufacturing consumers consumer companies company firms firm businesses business investors yuan "
    "dollar yen won peso rupee bonds bond yields equities futures exporters producers farmers workers sales "
    "demand production industry retailers shoppers crude oil carmakers automakers banks bank housing unemployment "
    "jobs payrolls media people chamber subsidiary unit operations"
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
