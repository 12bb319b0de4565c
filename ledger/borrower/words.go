package borrower

import "slices"

// A Kind says what a contacts row reports.
type Kind uint8

// The kinds. Their numbers are stored: append, never reorder.
const (
	Attempt     Kind = iota // a contact that the lender began
	Inbound                 // the borrower began a talk
	Consent                 // allows a channel
	OptOut                  // stops a channel, or all
	Callback                // asks to be called
	Promise                 // money by a date
	Hardship                // opens a case
	Hold                    // nobody contacts, for the reason given
	Unhold                  // lifts a hold
	Complaint               // a hold for this reason, as the three that follow
	Dispute                 //
	Cease                   //
	Represented             //
	Void                    // the target never happened
	Kinds                   // how many there are
)

var kindWords = [Kinds]string{
	"attempt", "inbound", "consent", "opt_out", "callback", "promise", "hardship", "hold", "unhold", "complaint", "dispute",
	"cease", "represented", "void",
}

func (k Kind) String() string { return kindWords[k] }

// ParseKind returns the kind that a word names.
func ParseKind(word string) (Kind, bool) { return parse[Kind](kindWords[:], word) }

// A Channel is a way to reach a borrower.
type Channel uint8

// The channels. Their numbers are stored: append, never reorder.
const (
	SMS Channel = iota
	Push
	Email
	InApp
	Social
	Call
	Visit
	Letter
	Legal
	Agency
	Channels // how many there are
)

var channelWords = [Channels]string{"sms", "push", "email", "in_app", "social", "call", "visit", "letter", "legal", "agency"}

func (c Channel) String() string { return channelWords[c] }

// ParseChannel returns the channel that a word names.
func ParseChannel(word string) (Channel, bool) { return parse[Channel](channelWords[:], word) }

// A Result says how an attempt went: the column outcome.
type Result uint8

// The results. Their numbers are stored: append, never reorder.
const (
	Conversation Result = iota
	Refused
	ThirdParty
	WrongNumber
	Voicemail
	NoAnswer
	Delivered
	Undelivered
	NotConnected
	NotAttempted
	Results // how many there are
)

var resultWords = [Results]string{
	"conversation", "refused", "third_party", "wrong_number", "voicemail", "no_answer", "delivered", "undelivered",
	"not_connected", "not_attempted",
}

func (r Result) String() string { return resultWords[r] }

// ParseResult returns the result that a word names.
func ParseResult(word string) (Result, bool) { return parse[Result](resultWords[:], word) }

func parse[T ~uint8](words []string, word string) (T, bool) {
	i := slices.Index(words, word)
	return T(max(i, 0)), i >= 0
}

// UnknownHold is the reason of a hold whose reason nobody knows.
const UnknownHold = "unknown_hold"

// holdReasons are the reasons of a hold that a rule of contact knows.
// Source: collections.md, section 4.
var holdReasons = []string{
	"deceased", "bankruptcy", "fraud", "identity_theft", "breathing_space", "mental_health_crisis", "represented", "cease",
	"vulnerable", "dispute", "complaint", "illness", "bereavement", "disaster", "plan", "legal",
}

// Meaning returns the row's kind; a kind that is not known is a hold.
func (c *Contact) Meaning() Kind {
	if k, ok := ParseKind(c.Kind); ok {
		return k
	}
	return Hold
}

// Restrains reports whether the row keeps the lender from contacting: such rows
// are accepted of anybody, whether or not he has a loan, and of any loan.
func (c *Contact) Restrains() bool {
	switch c.Meaning() {
	case OptOut, Hardship, Hold, Complaint, Dispute, Cease, Represented:
		return true
	}
	return false
}

// HoldReason returns the reason for which a row holds, or that an unhold lifts: one that
// is not known is [UnknownHold], and lifts nothing. Unholds of hardship and agency end a
// case and a placement; a hold for them is of an unknown reason.
func (c *Contact) HoldReason() string {
	switch kind, known := ParseKind(c.Kind); {
	case !known:
		return UnknownHold
	case kind != Hold && kind != Unhold:
		return c.Kind
	case kind == Unhold:
		return c.Reason // a word that is not known lifts nothing
	case !slices.Contains(holdReasons, c.Reason):
		return UnknownHold
	}
	return c.Reason
}

// Way returns the channel of a contact; task is that of the kept task whose key the row
// has, and isTask whether there is one: an attempt that names no channel has the task's. A
// channel that is not known is a call.
func (c *Contact) Way(task Channel, isTask bool) Channel {
	if c.Channel == "" && isTask && c.Meaning() == Attempt {
		return task
	}
	if channel, ok := ParseChannel(c.Channel); ok {
		return channel
	}
	return Call
}

// Went returns how an attempt went: one that is not known was a conversation.
func (c *Contact) Went() Result {
	r, ok := ParseResult(c.Outcome)
	if !ok {
		return Conversation
	}
	return r
}

// Counts says what a contact counts as: an attempt, one that rang, a talk with the
// borrower. Source: collections.md, section 3.
type Counts struct{ Attempts, Connected, Conversations int }

// CountsAs returns what a row counts as; rows of other kinds than attempt and inbound are
// none.
func (c *Contact) CountsAs() Counts {
	switch c.Meaning() {
	case Inbound:
		return Counts{0, 0, 1}
	case Attempt:
	default:
		return Counts{}
	}
	switch c.Went() {
	case Conversation, Refused:
		return Counts{1, 1, 1}
	case Undelivered, NotConnected:
		return Counts{1, 0, 0}
	case NotAttempted:
		return Counts{}
	}
	return Counts{1, 1, 0}
}
