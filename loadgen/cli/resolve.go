package cli

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/gensim/load-generator/internal/input"
)

// sources is where settings come from, apart from the defaults.
type sources struct {
	args     []string
	env      map[string]string
	files    []configFile      // weakest first
	defaults map[string]string // replace Option.Default by flag name
}

// settings is a table of options after the sources have been read.
type settings struct {
	options []Option
	origins map[string]origin // by flag name; what was given, and defaults that were used
	args    []string          // what is left of the command line
}

// resolve finds for every option the source that counts and hands its text to
// Option.Set. late, if not nil, is called before that, when it is known what
// was given: it may add files and defaults.
func resolve(options []Option, src sources, late func(*settings, *sources) error) (*settings, error) {
	s := &settings{options: options, origins: make(map[string]origin)}
	if err := s.readFlags(src.args); err != nil {
		return s, err
	}
	s.readEnv(src.env)
	if late != nil {
		if err := late(s, &src); err != nil {
			return s, err
		}
	}
	if err := s.readFiles(src.files); err != nil {
		return s, err
	}
	return s, s.set(src.defaults)
}

// offer notes a source of an option unless a stronger one is known. Every text
// of every setting comes through here, and loses what stands around it.
func (s *settings) offer(flag string, from origin) {
	texts := make([]string, len(from.texts))
	for i, text := range from.texts {
		texts[i] = input.Trim(text)
		from.blank = from.blank || text != "" && texts[i] == ""
	}
	from.texts = texts
	from.option = s.find(flag)
	if known, ok := s.origins[flag]; !ok || from.rank >= known.rank {
		s.origins[flag] = from
	}
}

// given reports whether anything but a default sets the option.
func (s *settings) given(flag string) bool { return s.rank(flag) > fromDefault }

func (s *settings) rank(flag string) rank { return s.origins[flag].rank }

// where names a setting as the user wrote it, or its default.
func (s *settings) where(flag string) string {
	if from, ok := s.origins[flag]; ok {
		return from.String()
	}
	return "--" + flag
}

// flagText collects the texts of one flag; they are read later, when it is
// known that the flag is what counts.
type flagText struct{ texts []string }

func (f *flagText) Set(text string) error { f.texts = append(f.texts, text); return nil }
func (f *flagText) String() string        { return "" }
func (f *flagText) Type() string          { return "text" }

func (s *settings) readFlags(args []string) error {
	set := pflag.NewFlagSet("", pflag.ContinueOnError)
	set.Usage = func() {}
	texts := make(map[string]*flagText, len(s.options))
	for _, o := range s.options {
		text := &flagText{}
		flag := set.VarPF(text, o.Flag, o.Short, o.Help)
		if o.Switch {
			flag.NoOptDefVal = "true"
		}
		texts[o.Flag] = text
	}
	if err := set.Parse(s.spread(args)); err != nil {
		return s.flagError(err)
	}
	s.args = set.Args()
	for flag, text := range texts {
		if len(text.texts) > 0 {
			s.offer(flag, origin{rank: fromFlag, name: "--" + flag, texts: text.texts})
		}
	}
	return nil
}

// spread turns "--tags a b" into "--tags=a --tags=b": Locust's list flags take
// all words up to the next flag.
func (s *settings) spread(args []string) []string {
	var out []string
	list := ""
	for i, arg := range args {
		if arg == "--" {
			return append(out, args[i:]...)
		}
		switch o := s.byArgument(arg); {
		case strings.HasPrefix(arg, "-") && arg != "-":
			list = ""
			if o == nil || !o.Many || o.apart {
				out = append(out, arg)
				continue
			}
			list = "--" + o.Flag + "="
			if i+1 == len(args) || strings.HasPrefix(args[i+1], "-") {
				out = append(out, list)
			}
		case list != "":
			out = append(out, list+arg)
		default:
			out = append(out, arg)
		}
	}
	return out
}

// byArgument is the option that a bare --flag or -f names; nil for others.
func (s *settings) byArgument(arg string) *Option {
	for i := range s.options {
		o := &s.options[i]
		if arg == "--"+o.Flag || o.Short != "" && arg == "-"+o.Short {
			return o
		}
	}
	return nil
}

func (s *settings) flagError(err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if group := unknown.GetSpecifiedShortnames(); group != "" {
			problem := "unknown flag"
			if group != name {
				problem += " -" + name
			}
			return &UsageError{Where: "-" + named(group), Problem: problem + "; --help lists the flags"}
		}
		return &UsageError{Where: "--" + named(name), Problem: "unknown flag" + s.suggestion(name, "--")}
	}
	if missing, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		o := s.find(missing.GetFlag().Name)
		return &UsageError{Where: "--" + o.Flag, Problem: "needs a value", Accepts: o.Accepts}
	}
	what, _, _ := strings.Cut(err.Error(), "=") // what follows may be a secret
	return &UsageError{Where: what}
}

// named is a name that somebody made up as messages have it: as it is if it
// could be one.
func named(name string) string {
	if strings.Trim(name, "-_.abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == "" && len(name) <= 80 {
		return name
	}
	return quote(name)
}

func (s *settings) suggestion(name, dashes string) string {
	if near := didYouMean(name, s.flags()); near != "" {
		return "; did you mean " + dashes + near + "?"
	}
	return "; --help lists the flags"
}

func (s *settings) flags() []string {
	var names []string
	for _, o := range s.options {
		if o.group != hidden && o.removed == "" {
			names = append(names, o.Flag)
		}
	}
	return names
}

func (s *settings) find(flag string) *Option {
	i := slices.IndexFunc(s.options, func(o Option) bool { return o.Flag == flag })
	if i < 0 {
		return nil
	}
	return &s.options[i]
}

func (s *settings) readEnv(env map[string]string) {
	for _, o := range s.options {
		for _, name := range o.Env {
			if text, ok := env[name]; ok {
				s.offer(o.Flag, origin{rank: envRank(name), name: name, texts: o.items(text)})
				break
			}
		}
	}
}

// items splits the text of a variable for an option that takes many.
func (o *Option) items(text string) []string {
	switch {
	case !o.Many:
		return []string{text}
	case o.split != nil:
		return o.split(text)
	}
	return listItems(input.Trim(text))
}

// readFiles returns the first trouble, and reads on: how it is said may be a setting.
func (s *settings) readFiles(files []configFile) (first error) {
	for _, file := range files {
		for _, entry := range file.entries {
			if err := s.readEntry(file, entry); first == nil {
				first = err
			}
		}
	}
	return first
}

func (s *settings) readEntry(file configFile, entry configEntry) error {
	o := s.find(strings.TrimLeft(entry.key, "-"))
	switch {
	case o == nil:
		return &UsageError{Where: file.name + ": " + named(entry.key), Problem: "unknown key" + s.suggestion(entry.key, "")}
	case o.Flag == "config":
		return &UsageError{Where: file.name + ": config", Problem: "a configuration file cannot name another", Accepts: "--config on the command line"}
	}
	s.offer(o.Flag, origin{rank: fromConfig, name: file.name + ": " + o.Flag, texts: entry.texts})
	return nil
}

// set hands every option the text that counts.
func (s *settings) set(defaults map[string]string) error {
	for i := range s.options {
		o := &s.options[i]
		from, ok := s.origins[o.Flag]
		if !ok {
			text := cmp.Or(defaults[o.Flag], o.Default)
			if text == "" {
				continue
			}
			from = origin{name: "--" + o.Flag, texts: []string{text}}
			s.origins[o.Flag] = from // for messages that name it
		}
		if err := o.take(from); err != nil {
			return err
		}
	}
	return nil
}

func (o *Option) take(from origin) error {
	if o.removed != "" {
		if on, err := Bool(from.text()); o.Switch && err == nil && !on {
			return nil
		}
		if from.text() == "" {
			return nil
		}
		return &UsageError{Where: from.String(), Problem: o.removed}
	}
	texts := from.texts
	if !o.Many && len(texts) > 1 {
		texts = texts[len(texts)-1:]
		if from.rank == fromConfig {
			return refused(o, from, strings.Join(from.texts, ", "), errors.New("a list"))
		}
	}
	for _, text := range texts {
		if err := o.Set(text); err != nil {
			return refused(o, from, text, err)
		}
	}
	return nil
}
