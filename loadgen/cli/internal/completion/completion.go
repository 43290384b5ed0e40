// Package completion writes the scripts by which shells complete the command line of a program.
package completion

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// Shells are those that [Write] writes for.
var Shells = []string{"bash", "zsh", "fish"}

// Command is one that completion knows: the program's name alone, or the first word
// after it.
type Command struct {
	Name  string         // of a word after the program's name; empty: the program without one
	Help  string         // one line
	Words []string       // which may follow; nil: none
	Table *setting.Table // its options; nil: none
}

// Write writes the script by which a shell, one of [Shells], completes the
// commands, flags and values of a program. It returns an error for another shell, and
// that of w.
func Write(w io.Writer, shell, program string, commands []Command) error {
	write, ok := map[string]func(string, []Command) string{"bash": bash, "zsh": zsh, "fish": fish}[shell]
	if !ok {
		return fmt.Errorf("no completion for %s; accepted: %s", setting.Quote(shell), strings.Join(Shells, ", "))
	}
	_, err := io.WriteString(w, write(program, commands))
	return err
}

// shown are the options that the help text has.
func (c *Command) shown() (out []*setting.Option) {
	if c.Table == nil {
		return nil
	}
	for o := range c.Table.All() {
		if !o.Hidden && o.Removed == "" {
			out = append(out, o)
		}
	}
	return out
}

// names are the option's flags with their dashes.
func names(o *setting.Option) []string {
	if o.Short == "" {
		return []string{"--" + o.Flag}
	}
	return []string{"-" + o.Short, "--" + o.Flag}
}

// choices are the values that the option takes, except for those that hold a number;
// nil where others are taken too.
func choices(o *setting.Option) []string {
	if !strings.Contains(o.Takes, "|") {
		return nil
	}
	return slices.DeleteFunc(strings.Split(o.Takes, "|"), func(word string) bool { return strings.Contains(word, "=") })
}

// isPath reports whether the option takes the name of a file or a folder.
func isPath(o *setting.Option) bool { return o.Takes == "FILE" || o.Takes == "FOLDER" }

// words are the names of the commands after the program's.
func words(commands []Command) (out []string) {
	for _, c := range commands {
		if c.Name != "" {
			out = append(out, c.Name)
		}
	}
	return out
}

// identifier is a program's name as a shell's function may have it.
func identifier(program string) string {
	return "_" + strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, program)
}

// quoted puts a text in single quotes, as all three shells read it.
func quoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// bash breaks words at =, so that --wire=f comes as three.
func bash(program string, commands []Command) string {
	var b strings.Builder
	f := identifier(program)
	fmt.Fprintf(&b, "# Completion of %s in bash: source <(%[1]s completion bash)\n", program)
	fmt.Fprintf(&b, "%s() {\n  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} command= words=\n  COMPREPLY=()\n", f)
	b.WriteString("  if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${COMP_WORDS[COMP_CWORD-2]}; fi\n")
	if all := words(commands); all != nil {
		fmt.Fprintf(&b, "  if ((COMP_CWORD > 1)); then case ${COMP_WORDS[1]} in %s) command=${COMP_WORDS[1]} ;; esac; fi\n", strings.Join(all, "|"))
	}
	b.WriteString("  case $command/$before in\n")
	for _, c := range commands {
		for _, o := range c.shown() {
			at := c.Name + "/" + strings.Join(names(o), "|"+c.Name+"/")
			switch {
			case o.Switch:
			case isPath(o):
				fmt.Fprintf(&b, "    %s) local IFS=$'\\n'; compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", at)
			default:
				fmt.Fprintf(&b, "    %s) COMPREPLY=($(compgen -W %s -- \"$word\")); return ;;\n", at, quoted(strings.Join(choices(o), " ")))
			}
		}
	}
	b.WriteString("  esac\n  case $command in\n")
	for _, c := range commands {
		all := slices.Clone(c.Words)
		if c.Name == "" {
			b.WriteString("    '') ")
		} else {
			fmt.Fprintf(&b, "    %s) ", c.Name)
		}
		for _, o := range c.shown() {
			all = append(all, "--"+o.Flag)
		}
		fmt.Fprintf(&b, "words=%s ;;\n", quoted(strings.Join(all, " ")))
	}
	b.WriteString("  esac\n")
	if all := words(commands); all != nil {
		fmt.Fprintf(&b, "  if ((COMP_CWORD == 1)); then words+=%s; fi\n", quoted(" "+strings.Join(all, " ")))
	}
	fmt.Fprintf(&b, "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n}\ncomplete -F %s %s\n", f, program)
	return b.String()
}

func zsh(program string, commands []Command) string {
	var own Command
	var cases, described strings.Builder
	for _, c := range commands {
		if c.Name == "" {
			own = c
			continue
		}
		fmt.Fprintf(&cases, "    %s)\n      shift words; ((CURRENT--))\n      %s      return ;;\n", c.Name, arguments(c))
		fmt.Fprintf(&described, ` %s\:"%s"`, c.Name, strings.ReplaceAll(zshText.Replace(c.Help), `"`, `\"`))
	}
	var first []string
	if described.Len() > 0 {
		first = []string{"1:command:((" + described.String()[1:] + "))"}
	}
	f := identifier(program)
	return fmt.Sprintf("#compdef %s\n# Completion of %[1]s in zsh: source <(%[1]s completion zsh), after compinit\n%s() {\n", program, f) +
		"  if ((CURRENT > 2)); then\n    case $words[2] in\n" + cases.String() + "    esac\n  fi\n  " + arguments(own, first...) +
		fmt.Sprintf("}\nif [[ $funcstack[1] == %s ]]; then %[1]s \"$@\"; else compdef %[1]s %[2]s; fi\n", f, program)
}

// arguments is the call by which zsh completes a command.
func arguments(c Command, specs ...string) string {
	var all []string
	for _, o := range c.shown() {
		for _, name := range names(o) {
			all = append(all, zshSpec(o, name))
		}
	}
	if c.Words != nil {
		specs = append(specs, "1:"+c.Name+":("+strings.Join(c.Words, " ")+")")
	}
	var b strings.Builder
	b.WriteString("_arguments")
	for _, spec := range append(all, specs...) {
		b.WriteString(" \\\n      " + quoted(spec))
	}
	return b.String() + "\n"
}

// zshText escapes what would end a text between brackets, or a word between colons.
var zshText = strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `:`, `\:`)

// zshSpec is one name of an option: whether it may come again, what it does, and what it takes.
func zshSpec(o *setting.Option, name string) string {
	spec := name
	if strings.HasPrefix(name, "--") && !o.Switch {
		spec += "="
	}
	if o.Many {
		spec = "*" + spec
	} else if o.Short != "" {
		spec = "(" + strings.Join(names(o), " ") + ")" + spec
	}
	spec += "[" + zshText.Replace(o.Help) + "]"
	switch {
	case o.Switch:
		return spec
	case isPath(o):
		return spec + ":" + o.Takes + ":_files"
	case choices(o) != nil:
		return spec + ":" + o.Flag + ":(" + strings.Join(choices(o), " ") + ")"
	}
	return spec + ":" + zshText.Replace(o.Takes) + ": "
}

func fish(program string, commands []Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Completion of %s in fish: %[1]s completion fish | source\ncomplete -c %[1]s -f\n", program)
	names := strings.Join(words(commands), " ")
	for _, c := range commands {
		when := "__fish_seen_subcommand_from " + c.Name
		if c.Name == "" {
			when = "not __fish_seen_subcommand_from " + names
		} else {
			fmt.Fprintf(&b, "complete -c %s -n __fish_is_first_arg -a %s -d %s\n", program, c.Name, quoted(c.Help))
		}
		if names == "" {
			when = "true"
		}
		if c.Words != nil {
			fmt.Fprintf(&b, "complete -c %s -n %s -a %s\n", program, quoted(when), quoted(strings.Join(c.Words, " ")))
		}
		for _, o := range c.shown() {
			fmt.Fprintf(&b, "complete -c %s -n %s -l %s", program, quoted(when), o.Flag)
			if o.Short != "" {
				fmt.Fprintf(&b, " -s %s", o.Short)
			}
			switch {
			case o.Switch:
			case isPath(o):
				b.WriteString(" -rF")
			case choices(o) != nil:
				fmt.Fprintf(&b, " -x -a %s", quoted(strings.Join(choices(o), " ")))
			default:
				b.WriteString(" -x")
			}
			fmt.Fprintf(&b, " -d %s\n", quoted(o.Help))
		}
	}
	return b.String()
}
