package cli

import (
	"fmt"
	"strings"

	"github.com/gensim/load-generator/internal/redact"
)

// Option is one setting of a program: its flag, the variables that set it too,
// and how its text is read. The same table drives the command line, the
// environment, configuration files and the help text.
//
// The value that counts is the first one given of: the flag, a LOAD_*
// variable, another variable, a configuration file, Default. Only that one is
// read, so a bad value that is overridden does no harm.
type Option struct {
	Flag    string   // long name without dashes; also the key in configuration files
	Short   string   // one letter, or empty
	Env     []string // variables, the strongest first; none when empty
	Default string   // read by Set when nothing else is given; empty leaves the variable's zero value
	Help    string   // one line, without a full stop
	Accepts string   // completes "accepted: " in the error line
	Switch  bool     // true or false; the bare flag means true
	Many    bool     // may be given several times or as a list; Set is called for each item
	Secret  bool     // no message shows what it was set to
	Set     func(text string) error
	// IdleWith is the flag of a setting that leaves this one without effect; a
	// warning says so when both are given.
	IdleWith string

	group   group                    // where the help text shows it; zero hides it
	shapes  bool                     // says which load to make: with it a start is no longer a demonstration
	inert   string                   // accepted for Locust's sake; why it changes nothing here
	removed string                   // refused; what replaced it
	apart   bool                     // with Many: each value has a flag of its own, unlike Locust's lists
	redact  func(text string) string // as messages may show it; nil: as it is
	split   func(text string) []string
}

// Var returns a Set function that parses a text and stores the result in dst.
func Var[T any](dst *T, parse func(text string) (T, error)) func(text string) error {
	return func(text string) error {
		value, err := parse(text)
		if err != nil {
			return err
		}
		*dst = value
		return nil
	}
}

// each returns a Set function that appends every text to dst.
func each(dst *[]string) func(text string) error {
	return func(text string) error {
		if text != "" {
			*dst = append(*dst, text)
		}
		return nil
	}
}

// check returns a Set function that reads a text and forgets it.
func check[T any](parse func(text string) (T, error)) func(text string) error {
	var unused T
	return Var(&unused, parse)
}

// group is a heading of the help text.
type group string

const (
	hidden       group = ""
	groupLoad    group = "Load"
	groupTarget  group = "Way to the target"
	groupPhases  group = "Baseline and intervention"
	groupRhythm  group = "Rhythm of a user"
	groupVerdict group = "Effect and claims"
	groupWeb     group = "Web page"
	groupOutput  group = "Output"
	groupLog     group = "Log"
	groupDD      group = "Datadog"
	groupOwn     group = "Of this program"
	groupLocust  group = "Accepted for Locust's sake"
)

var groups = []group{groupLoad, groupTarget, groupPhases, groupRhythm, groupVerdict, groupOwn, groupWeb, groupOutput, groupLog, groupDD, groupLocust}

// neutral reports whether an option says nothing of the load: with it a start
// may still be a demonstration.
func (o *Option) neutral() bool {
	return o.Flag == "seed" || o.group == groupOutput || o.group == groupLog || o.group == groupDD
}

// rank orders the sources of a value; the highest wins.
type rank uint8

const (
	fromDefault rank = iota
	fromConfig
	fromLocust // any variable that is not ours
	fromLoad   // a LOAD_* variable
	fromFlag
)

// origin is where an option's value came from.
type origin struct {
	rank   rank
	name   string // as the user knows it: --users, LOAD_SEED, locust.conf: users
	texts  []string
	blank  bool    // one of them was more than empty, and nothing but blanks
	option *Option // nil in tests
}

func (o origin) text() string {
	if len(o.texts) == 0 {
		return ""
	}
	return o.texts[len(o.texts)-1]
}

// String is the setting as it stands in messages: --users="10".
func (o origin) String() string { return o.with(o.text()) }

// with is the same with a text of one's own.
func (o origin) with(text string) string {
	if o.option != nil {
		text = o.option.shown(text)
	}
	return fmt.Sprintf("%s=%s", o.name, quote(text))
}

// shown is a text of o as messages may show it.
func (o *Option) shown(text string) string {
	switch {
	case o.Secret:
		return redact.Mask
	case o.redact != nil:
		return o.redact(text)
	}
	return text
}

func envRank(name string) rank {
	if strings.HasPrefix(name, "LOAD_") {
		return fromLoad
	}
	return fromLocust
}

// quote prints a value in quotes on one line, without the secrets of an address
// and cut to a length that leaves room for the rest of the message. Every message
// shows values through it.
func quote(text string) string {
	const longest = 80
	text = redact.Value(text)
	if runes := []rune(text); len(runes) > longest {
		return fmt.Sprintf("%q...", string(runes[:longest]))
	}
	return fmt.Sprintf("%q", text)
}
