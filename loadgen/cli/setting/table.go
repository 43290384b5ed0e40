package setting

import (
	"cmp"
	"encoding/json"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gensim/load-generator/internal/input"
)

// Table is the options of a program and what is known of their values. Read goes
// through all sources; to decide something in between, call its three
// steps: ReadCommand, ReadFiles and Set. It is not safe for concurrent use.
type Table struct {
	options []*Option
	args    []string // what is left of the command line
	explain func(name string) string
}

// NewTable returns the table of all sections, in the order of the help text and of
// error messages. Two options of one name make [Table.ReadCommand] panic.
func NewTable(sections ...Section) *Table {
	t := &Table{}
	for _, section := range sections {
		for _, o := range section.Options {
			o.section = &section
			o.Bearing = cmp.Or(o.Bearing, section.Bearing)
			if o.Switch {
				o.Accepts = cmp.Or(o.Accepts, acceptsBool)
			}
			if o.Source() == nil {
				o.source = new(Source)
			}
			*o.Source() = Source{option: &o, name: "--" + o.Flag}
			t.options = append(t.options, &o)
		}
	}
	return t
}

// Read hands every option the text of its strongest source: the command line without
// the program's name, variables, configuration files, weakest first, and the default.
// The error is an Error.
func (t *Table) Read(args []string, env map[string]string, files ...File) error {
	if err := t.ReadCommand(args, env); err != nil {
		return err
	}
	if err := t.ReadFiles(files); err != nil {
		return err
	}
	return t.Set(nil)
}

// ReadCommand notes what flags and variables say. From then on the Source of an
// option knows whether these give it.
func (t *Table) ReadCommand(args []string, env map[string]string) error {
	if err := t.readFlags(args); err != nil {
		return err
	}
	for _, o := range t.options {
		for _, name := range o.Env {
			if text, ok := env[name]; ok {
				o.offer(Source{rank: rankOf(name), name: name, texts: o.items(text)})
				break
			}
		}
	}
	return nil
}

// offer notes a source of an option unless a stronger one is known. Every text
// of every setting comes through here, and loses what stands around it.
func (o *Option) offer(from Source) {
	known := o.Source()
	if from.rank < known.rank {
		return
	}
	texts := make([]string, len(from.texts))
	for i, text := range from.texts {
		texts[i] = input.Trim(text)
		from.blank = from.blank || text != "" && texts[i] == ""
	}
	from.texts, from.option = texts, o
	*known = from
}

// Args is what is left of the command line without its flags.
func (t *Table) Args() []string { return t.args }

// Explain lets the message about a flag, or a key of a file, that no option has be what
// explain returns for its name, unless that is "".
func (t *Table) Explain(explain func(name string) string) { t.explain = explain }

// unknown is the message about a name that no option has.
func (t *Table) unknown(where, name, what, dashes string) error {
	if t.explain != nil {
		if why := t.explain(name); why != "" {
			return &Error{Where: where + " " + why}
		}
	}
	return &Error{Where: where, Problem: what + t.suggestion(name, dashes)}
}

// All goes through the options.
func (t *Table) All() iter.Seq[*Option] { return slices.Values(t.options) }

// ByVariable is the option that a variable sets; nil if none.
func (t *Table) ByVariable(name string) *Option {
	return t.first(func(o *Option) bool { return slices.Contains(o.Env, name) })
}

// ByKey is the option that a key of a configuration file sets, with or without
// dashes before it; nil if none.
func (t *Table) ByKey(key string) *Option {
	key = strings.TrimLeft(key, "-")
	return t.first(func(o *Option) bool { return o.Flag == key })
}

func (t *Table) first(is func(*Option) bool) *Option {
	if i := slices.IndexFunc(t.options, is); i >= 0 {
		return t.options[i]
	}
	return nil
}

// readFlags notes the texts of flags. They are read when it is known that the flag is
// what counts.
func (t *Table) readFlags(args []string) error {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.Usage = func() {}
	texts := make([][]string, len(t.options))
	for i, o := range t.options {
		set.FuncP(o.Flag, o.Short, "", func(text string) error { texts[i] = append(texts[i], text); return nil })
		if o.Switch {
			set.Lookup(o.Flag).NoOptDefVal = "true"
		}
	}
	if err := set.Parse(t.spread(args)); err != nil {
		return t.flagError(err)
	}
	t.args = set.Args()
	for i, o := range t.options {
		if len(texts[i]) > 0 {
			o.offer(Source{rank: fromFlag, name: "--" + o.Flag, texts: texts[i]})
		}
	}
	return nil
}

// spread turns "--tags a b" into "--tags=a --tags=b": Locust's list flags take
// all words up to the next flag.
func (t *Table) spread(args []string) []string {
	var out []string
	list := "" // before each word of a list
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		if !strings.HasPrefix(arg, "-") || arg == "-" {
			out = append(out, list+arg)
			continue
		}
		o := t.first(func(o *Option) bool { return arg == "--"+o.Flag || o.Short != "" && arg == "-"+o.Short })
		if o == nil || !o.Many || o.Apart {
			list = ""
			out = append(out, arg)
			continue
		}
		list = "--" + o.Flag + "="
		if i+1 == len(args) || strings.HasPrefix(args[i+1], "-") {
			out = append(out, list)
		}
	}
	return out
}

func (t *Table) flagError(err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if group := unknown.GetSpecifiedShortnames(); group != "" {
			problem := "unknown flag"
			if group != name {
				problem += " -" + name
			}
			return &Error{Where: "-" + named(group), Problem: problem + "; --help lists the flags"}
		}
		return t.unknown("--"+named(name), name, "unknown flag", "--")
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		o := t.ByKey(missing.GetFlag().Name)
		return &Error{Where: "--" + o.Flag, Problem: "needs a value", Accepts: o.Accepts}
	}
	what, _, _ := strings.Cut(err.Error(), "=") // what follows may be a secret
	return &Error{Where: what}
}

// named is an unknown name as messages show it: as it is if it could be a name.
func named(name string) string {
	if strings.Trim(name, "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" && len(name) <= 80 {
		return name
	}
	return Quote(name)
}

func (t *Table) suggestion(name, dashes string) string {
	if near := DidYouMean(name, t.flags()); near != "" {
		return "; did you mean " + dashes + near + "?"
	}
	return "; --help lists the flags"
}

// flags are the names of the options in use.
func (t *Table) flags() (names []string) {
	for o := range t.All() {
		if !o.Hidden && o.Removed == "" {
			names = append(names, o.Flag)
		}
	}
	return names
}

// items splits the text of a variable for an option that takes many.
func (o *Option) items(text string) []string {
	switch {
	case !o.Many:
		return []string{text}
	case o.Split != nil:
		return o.Split(text)
	}
	return listItems(input.Trim(text))
}

// ReadFiles notes what configuration files say, the weakest first. It returns the
// first error and reads on: a later entry may say how errors are to be logged.
func (t *Table) ReadFiles(files []File) (first error) {
	for _, file := range files {
		for _, e := range file.entries {
			if err := t.readEntry(file, e); first == nil {
				first = err
			}
		}
	}
	return first
}

// configFlag is the option that names a configuration file. No file may set it.
const configFlag = "config"

func (t *Table) readEntry(file File, e entry) error {
	o := t.ByKey(e.key)
	switch {
	case o == nil:
		return t.unknown(file.name+": "+named(e.key), strings.TrimLeft(e.key, "-"), "unknown key", "")
	case o.Flag == configFlag:
		return &Error{Where: file.name + ": config", Problem: "a configuration file cannot name another", Accepts: "--config on the command line"}
	}
	o.offer(Source{rank: fromConfig, name: file.name + ": " + o.Flag, texts: e.texts})
	return nil
}

// Preset notes what another process of the program was set to, by flag, in the form of
// [Source.Portable]. It beats whatever this process was given but its flags: a variable may be that of an image or of a
// machine, which no one chose for this run.
// whose stands before the names in messages.
func (t *Table) Preset(whose string, texts map[string]string) error {
	for _, flag := range slices.Sorted(maps.Keys(texts)) {
		o, items := t.ByKey(flag), []string{texts[flag]}
		if o == nil {
			return &Error{Where: whose + " --" + named(flag), Problem: "this program has no such option"}
		}
		if o.Many && json.Unmarshal([]byte(texts[flag]), &items) != nil {
			return &Error{Where: whose + " --" + flag, Problem: "is not a list in JSON"}
		}
		o.offer(Source{rank: fromPreset, name: whose + " --" + flag, texts: items})
	}
	return nil
}

// Set hands every option the text that counts: the strongest one that was noted, or
// else the default.
func (t *Table) Set(defaults map[string]string) error {
	for _, o := range t.options {
		from := o.Source()
		if text := cmp.Or(defaults[o.Flag], o.Default); text != "" && !from.known() {
			from.texts = []string{text} // for messages that name it
		}
		if !from.known() {
			continue
		}
		if err := o.take(from); err != nil {
			return err
		}
	}
	return nil
}

func (o *Option) take(from *Source) error {
	if o.Removed != "" {
		on, err := Bool(from.Text())
		if off := o.Switch && err == nil && !on; off || from.Text() == "" {
			return nil
		}
		return &Error{Where: from.Where(), Problem: o.Removed}
	}
	texts := from.texts
	if one := o.Many || len(texts) < 2; !one && from.rank == fromConfig {
		return refused(o, from, strings.Join(texts, ", "), errors.New("a list"))
	} else if !one {
		texts = texts[len(texts)-1:]
	}
	if k, ok := o.Set.(keeper); ok && k.clear != nil {
		k.clear() // an earlier Table of the same options may have filled it
	}
	for _, text := range texts {
		if err := o.Set.Set(text); err != nil {
			return refused(o, from, text, err)
		}
	}
	return nil
}
