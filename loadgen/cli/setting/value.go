package setting

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Value is a setting: what it was set to, and where that came from. Its zero
// value was not given.
type Value[T any] struct {
	V T
	Source
}

// Into returns a Setter that parses a text and keeps the result in v, whose
// Source the table fills in.
func Into[T any](v *Value[T], parse func(text string) (T, error)) Setter {
	return keeper{Var(&v.V, parse), &v.Source, nil}
}

// Append returns a Setter, for an option with Many, that adds each item to v.
func Append[S ~[]T, T any](v *Value[S], parse func(text string) (T, error)) Setter {
	return keeper{func(text string) error {
		item, err := parse(text)
		if err == nil {
			v.V = append(v.V, item)
		}
		return err
	}, &v.Source, func() { v.V = nil }}
}

// Items returns a Setter, for an option with Many, that adds each item to v unless
// it is empty.
func Items(v *Value[[]string]) Setter {
	return keeper{func(text string) error {
		if text != "" {
			v.V = append(v.V, text)
		}
		return nil
	}, &v.Source, func() { v.V = nil }}
}

// keeper is a Setter whose value keeps its source.
type keeper struct {
	Func
	source *Source
	clear  func() // forgets the items; nil: the next text replaces the last one
}

func (k keeper) keeps() *Source { return k.source }

// Source is where a setting came from. Its zero value was not given.
type Source struct {
	rank   rank
	name   string   // as the user knows it: --users, LOAD_SEED, locust.conf: users
	texts  []string // nil: nothing sets it
	blank  bool
	option *Option // nil before NewTable
}

// rank orders the sources of a value; the highest wins.
type rank uint8

const (
	fromDefault rank = iota
	fromConfig
	fromOther  // a variable that is not ours, such as Locust's
	fromLoad   // a LOAD_* variable
	fromPreset // what another process of the program was set to
	fromFlag
)

func rankOf(variable string) rank {
	if strings.HasPrefix(variable, "LOAD_") {
		return fromLoad
	}
	return fromOther
}

// known reports whether anything sets the option, a default included.
func (s *Source) known() bool { return s.texts != nil }

// Given reports whether anything but a default sets the option.
func (s *Source) Given() bool { return s.rank > fromDefault }

// IsPreset reports whether it comes from [Table.Preset].
func (s *Source) IsPreset() bool { return s.rank == fromPreset }

// Beats reports whether s is stronger than other: neither beats the other when
// they are equally strong.
func (s *Source) Beats(other *Source) bool { return s.rank > other.rank }

// Flag is the name of the setting's flag, whatever sets it; only after [NewTable].
func (s *Source) Flag() string { return s.option.Flag }

// Name is the setting as the user knows it, without its value: --users,
// LOAD_SEED, locust.conf: users.
func (s *Source) Name() string { return s.name }

// Where is the setting with its value, as it stands in messages: --users="10".
// One that has no value is its flag alone.
func (s *Source) Where() string {
	if !s.known() {
		return s.name
	}
	return s.Showing(s.Text())
}

// Showing is Where with another text for the value.
func (s *Source) Showing(text string) string {
	if s.option != nil {
		text = s.option.shown(text)
	}
	return fmt.Sprintf("%s=%s", s.name, Quote(text))
}

// Text is what the setting was set to; the last item of several, "" for none.
func (s *Source) Text() string {
	if len(s.texts) == 0 {
		return ""
	}
	return s.texts[len(s.texts)-1]
}

// Texts are all its items.
func (s *Source) Texts() []string { return s.texts }

// Portable is what the setting was set to, as [Table.Preset] takes it: the items of an
// option that takes many are a list in JSON.
func (s *Source) Portable() string {
	if s.option == nil || !s.option.Many {
		return s.Text()
	}
	list, _ := json.Marshal(s.texts) // texts always have a form in JSON
	return string(list)
}

// Hides reports whether messages leave out all or a part of what the setting was set
// to, because it is a secret or holds one.
func (s *Source) Hides() bool {
	return s.option != nil && slices.ContainsFunc(s.texts, func(text string) bool { return text != "" && s.option.shown(text) != text })
}

// Blank reports whether the setting was given as more than nothing, and held
// blanks alone.
func (s *Source) Blank() bool { return s.blank }

// quoted reports whether a variable's text has quotes around it, which a shell
// and docker compose take off and docker's --env-file does not.
func (s *Source) quoted() bool {
	return (s.rank == fromLoad || s.rank == fromOther) && unquote(s.Text()) != s.Text()
}
