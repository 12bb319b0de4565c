package channel

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// What no text may have: threats, shame, pressure, the law held over someone, and third
// parties. English words are whole words.
var forbidden = map[string][]string{
	"en": {
		"legal", "lawsuit", "sue", "court", "lawyer", "attorney", "judge", "judgment", "prosecute", "police", "arrest", "jail", "prison", "crime", "criminal",
		"fraud", "seize", "garnish", "repossess", "evict", "bailiff", "enforce", "blacklist", "bureau", "publish", "expose", "report you", "reported",
		"shame", "ashamed", "embarrass", "irresponsible", "dishonest", "deadbeat", "defaulter", "debtor", "debt", "delinquent", "default", "refuse",
		"must", "immediately", "urgent", "final", "last chance", "warning", "warn", "consequences", "failure", "fail", "or else", "otherwise", "demand", "overdue",
		"family", "employer", "workplace", "boss", "friend", "friends", "neighbour", "neighbor", "colleague", "relative", "relatives", "spouse", "wife", "husband",
		"parents", "guarantor", "contact list", "visit you", "your home",
	},
	"zh": {
		"起诉", "法院", "法律", "律师", "诉讼", "仲裁", "报警", "警方", "警察", "公安", "坐牢", "拘留", "刑事", "犯罪", "诈骗", "强制", "查封", "冻结", "扣押", "执行",
		"失信", "老赖", "黑名单", "曝光", "公开", "征信", "上报", "后果", "立即", "马上", "务必", "必须", "最后", "警告", "恶意", "可耻", "丢人", "羞", "催收", "债务人", "欠债",
		"赖账", "拒不", "否则", "逾期", "违约", "家人", "家属", "亲友", "亲属", "单位", "公司领导", "同事", "朋友", "邻居", "配偶", "父母", "担保人", "紧急联系人", "通讯录", "上门",
		"责任自负",
	},
}

// keysOfLadders are the templates of the default ladders and reminders.
var keysOfLadders = []string{"due_soon", "gentle_reminder", "reminder", "find_a_way", "offer", "options", "specialist", "handover", "hardship_offer",
	"how_score_works"}

// fault says what is wrong with a text.
func fault(t *Texts, language, text string) string {
	for _, word := range forbidden[language] {
		pattern := regexp.QuoteMeta(word)
		if language == "en" {
			pattern = `(?i)\b` + pattern + `\b`
		}
		if regexp.MustCompile(pattern).MatchString(text) {
			return "it says " + word
		}
	}
	if unknown := t.Unknown(text); len(unknown) > 0 {
		return "no one fills in " + strings.Join(unknown, ", ")
	}
	if strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text || strings.Contains(text, "  ") || strings.Contains(text, "!") {
		return "it has blanks, line ends or exclamation marks where there are none"
	}
	return ""
}

// TestTextsAreDecent: every key has texts in both languages and both styles; they threaten,
// shame and name nobody, and say what is owed, what help there is and how to reach the
// lender.
func TestTextsAreDecent(t *testing.T) {
	all, err := Sample(nil)
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, x := range all.Templates {
		have = append(have, x.Key)
		if x.About == "" || len(x.Texts) != 4 {
			t.Errorf("%s: %d texts, about %q", x.Key, len(x.Texts), x.About)
		}
		seen := map[string]bool{}
		for _, text := range x.Texts {
			what := x.Key + " " + text.Language + " " + text.Style
			seen[text.Language+text.Style] = true
			if bad := fault(all, text.Language, text.Text); bad != "" {
				t.Errorf("%s: %s", what, bad)
			}
			if !strings.Contains(text.Text, "{how_to_reach_us}") || x.Key != "how_score_works" && !strings.Contains(text.Text, "{amount}") {
				t.Errorf("%s: it does not say what is owed or how to reach us", what)
			}
			if !strings.Contains(text.Text, "{lender}") && x.Key != "how_score_works" {
				t.Errorf("%s: it does not say who writes", what)
			}
			if !says(text.Text, "plan", "help", "pause", "offers", "方案", "帮助", "安排", "分期") {
				t.Errorf("%s: it offers no help", what)
			}
			if text.Language == "zh" && !strings.ContainsFunc(text.Text, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				t.Errorf("%s: it is not Chinese", what)
			}
			electronic := slices.Contains([]string{"due_soon", "gentle_reminder", "reminder", "find_a_way", "hardship_offer"}, x.Key)
			if electronic != strings.HasSuffix(text.Text, "{opt_out}") {
				t.Errorf("%s: opt_out is where it should not be, or is not there", what)
			}
		}
		for _, want := range []string{"engentle", "enplain", "zhgentle", "zhplain"} {
			if !seen[want] {
				t.Errorf("%s has no %s", x.Key, want)
			}
		}
	}
	if !slices.Equal(have, keysOfLadders) {
		t.Errorf("got %v, want %v", have, keysOfLadders)
	}
	for _, n := range all.Notices {
		if bad := fault(all, n.Language, n.Text); bad != "" {
			t.Errorf("notice %s: %s", n.Name, bad)
		}
	}
	if len(all.Notices) != 4 {
		t.Errorf("notices: %v", all.Notices)
	}
}

func says(text string, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(text, w) })
}

// TestIndecentTextsAreFound proves that the check fires.
func TestIndecentTextsAreFound(t *testing.T) {
	all, err := Sample(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		language, text string
		bad            bool
	}{
		{"en", "Pay, or we go to Court.", true}, {"en", "Your employer will hear of it", true}, {"en", "{nam}", true}, {"en", "{name", true},
		{"zh", "否则将起诉", true}, {"zh", "我们会联系您的家人", true}, {"en", "Thank you, {name}", false}, {"en", "We pursue nothing", false},
	} {
		if bad := fault(all, x.language, x.text); (bad != "") != x.bad {
			t.Errorf("%q: %q", x.text, bad)
		}
	}
}

// TestOwnTexts: a lender's own take the place of the samples of a language.
func TestOwnTexts(t *testing.T) {
	all, err := Sample(map[string]map[string]string{"reminder": {"en": "Hi {name}", "fr": "Bonjour"}, "mine": {"de": "Guten Tag"}})
	if err != nil {
		t.Fatal(err)
	}
	of := func(key string) (got []string) {
		for _, x := range all.Templates {
			if x.Key == key {
				for _, text := range x.Texts {
					got = append(got, text.Language+"/"+text.Style)
				}
			}
		}
		return got
	}
	if got := of("reminder"); !slices.Equal(got, []string{"en/own", "fr/own", "zh/gentle", "zh/plain"}) {
		t.Error(got)
	}
	if got := of("mine"); !slices.Equal(got, []string{"de/own"}) || all.Templates[len(all.Templates)-1].Key != "mine" {
		t.Error(got)
	}
}
