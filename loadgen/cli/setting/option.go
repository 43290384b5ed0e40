package setting

import (
	"fmt"

	"github.com/gensim/load-generator/internal/redact"
)

// Option is one setting of a program: its flag, the variables that set it too,
// and how its text is read.
type Option struct {
	Flag  string   // long name without dashes; also the key in configuration files
	Short string   // one letter, or empty
	Env   []string // variables, the strongest first; none when empty
	// Takes is the word for its value in the help text, in capitals, such as URL or N; empty
	// is VALUE. FILE and FOLDER are what the completion of a shell looks for; words
	// between | are all that there are, such as text|json.
	Takes   string
	Default string  // read by Set when nothing else is given; empty leaves the variable's zero value
	Help    string  // one line, without a full stop; empty with a hidden option
	Accepts string  // completes "accepted: " in the error line; empty takes what Bool reads for a Switch
	Switch  bool    // true or false; the bare flag means true
	Many    bool    // may be given several times or as a list; Set gets each item
	Secret  bool    // no message shows what it was set to
	Hidden  bool    // the help text leaves it out
	Bearing Bearing // on the load; zero takes the Section's

	// Set reads the text: [Into] keeps the source too, [Var] and [Func] do without.
	// It may be nil for a removed option.
	Set Setter
	// IdleWith is the source of a setting that leaves this one without effect, or
	// nil; a remark says so when both are given.
	IdleWith *Source

	Inert   string                     // accepted for compatibility; why it changes nothing
	Removed string                     // refused; what replaced it
	Apart   bool                       // with Many: each value has its own flag; otherwise all words up to the next flag
	Split   func(text string) []string // with Many: items of a variable; nil: "[a, b]", or one item
	Redact  func(text string) string   // as messages may show it; nil: as it is

	section *Section
	source  *Source // unless Set keeps one
}

// Bearing is what a setting has to do with the load. It decides whether a program
// that has a demonstration still runs it.
type Bearing uint8

// The bearings of a setting.
const (
	Detail Bearing = iota // a detail of the load: a variable or a file that sets it ends the demonstration, a flag does not
	Load                  // says which load to make: setting it ends the demonstration
	Aside                 // not a setting of the load
)

// Section is a heading of the help text with its options.
type Section struct {
	Heading string
	Help    string  // stands below the heading; may be empty
	Bearing Bearing // of the options that have none
	Options []Option
}

// Setter takes the text of an option. With [Option.Many] it gets each item.
type Setter interface {
	// Set returns ErrNotAccepted when Option.Accepts says all, an Error that names
	// a setting to replace the whole message, or what is wrong with the text.
	Set(text string) error
}

// Func is a function that is a Setter.
type Func func(text string) error

// Set implements Setter.
func (f Func) Set(text string) error { return f(text) }

// Var returns a Setter that parses a text and stores the result in dst.
func Var[T any](dst *T, parse func(text string) (T, error)) Func {
	return func(text string) error {
		value, err := parse(text)
		if err != nil {
			return err
		}
		*dst = value
		return nil
	}
}

// Check returns a Setter that reads a text and forgets it.
func Check[T any](parse func(text string) (T, error)) Func {
	var unused T
	return Var(&unused, parse)
}

// Source is where the option's value comes from. It is nil before [NewTable] has
// seen the option, unless Set keeps it.
func (o *Option) Source() *Source {
	if keeper, ok := o.Set.(interface{ keeps() *Source }); ok {
		return keeper.keeps()
	}
	return o.source
}

// shown is a text of o as messages may show it.
func (o *Option) shown(text string) string {
	switch {
	case o.Secret:
		return redact.Mask
	case o.Redact != nil:
		return o.Redact(text)
	}
	return text
}

// Quote prints a value in quotes on one line, without the secrets of an address
// and cut to a length that leaves room for the rest of the message. Every message
// shows values through it.
func Quote(text string) string {
	const longest = 80
	text = redact.Value(text)
	if runes := []rune(text); len(runes) > longest {
		return fmt.Sprintf("%q...", string(runes[:longest]))
	}
	return fmt.Sprintf("%q", text)
}
