package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
)

// config is the outcome of all settings of a start.
type config struct {
	*settings
	values values
	app    *App
	env    map[string]string
}

// configure reads and checks all settings. When it returns errHelp nothing but
// values.help and values.version is set.
func (app *App) configure(p process) (*config, error) {
	c := &config{app: app, env: trimmed(p.env)}
	c.values.target.proxyOf = p.proxy
	options := slices.Concat(app.demoOption(&c.values), app.without(table(&c.values)), app.ownOptions())
	var err error
	c.settings, err = resolve(options, sources{args: p.args, env: p.env}, func(s *settings, src *sources) error {
		c.settings = s
		return c.late(p, src)
	})
	if err != nil {
		return c, err
	}
	return c, c.check()
}

// without leaves out the options on the way to the target whose names the program
// has for its own.
func (app *App) without(options []Option) []Option {
	taken := func(o Option) bool {
		return o.group == groupTarget && slices.ContainsFunc(app.Options, func(own Option) bool {
			return own.Flag == o.Flag || own.Short != "" && own.Short == o.Short
		})
	}
	return slices.DeleteFunc(options, taken)
}

// ownOptions are the program's options; they get a heading of their own.
func (app *App) ownOptions() []Option {
	own := slices.Clone(app.Options)
	for i := range own {
		own[i].group = groupOwn
	}
	return own
}

func (app *App) demoOption(v *values) []Option {
	if app.Demo == nil {
		return nil
	}
	return []Option{{Flag: "demo", Env: []string{"LOAD_DEMO"}, Switch: true, Accepts: acceptsBool, group: groupLoad,
		Help: "run the demonstration; so does a start that says nothing of the load", Set: Var(&v.demo, Bool)}}
}

// errHelp stops the reading of settings: the user asks for words, not for a run.
var errHelp = fmt.Errorf("help or version wanted")

// late runs when flags and variables are known: it finds configuration files
// and decides whether this is a demonstration.
func (c *config) late(p process, src *sources) error {
	c.values.help, c.values.version = c.given("help"), c.given("version")
	if c.values.help || c.values.version {
		return errHelp
	}
	var err error
	if src.files, err = configFiles(p.home, p.dir, c.origins["config"].text()); err != nil {
		return err
	}
	src.defaults = maps.Clone(c.app.Defaults)
	if c.isDemo(src.files) {
		src.defaults = merged(src.defaults, map[string]string{"autoquit": "0"}, c.app.Demo, map[string]string{"demo": "true"})
	}
	return nil
}

// isDemo: asked for, or nothing was said about which load to make.
func (c *config) isDemo(files []configFile) bool {
	if c.app.Demo == nil {
		return false
	}
	if c.given("demo") {
		on, err := Bool(c.origins["demo"].text())
		return err == nil && on
	}
	for name, text := range c.env {
		if ours(name) && c.tells(c.ofVariable(name), text) {
			return false
		}
	}
	for _, o := range c.options {
		if o.shapes && c.given(o.Flag) && c.tells(&o, c.origins[o.Flag].text()) {
			return false
		}
	}
	return !slices.ContainsFunc(files, func(f configFile) bool {
		return slices.ContainsFunc(f.entries, func(e configEntry) bool {
			return c.tells(c.find(strings.TrimLeft(e.key, "-")), strings.Join(e.texts, ""))
		})
	})
}

// tells reports whether a setting says something of the load. Unknown ones do;
// a host that is empty is none.
func (c *config) tells(o *Option, text string) bool {
	return o == nil || !o.neutral() && (o.Flag != "host" || text != "")
}

// ours reports whether a variable is meant for this program.
func ours(name string) bool {
	return strings.HasPrefix(name, "LOAD_") || strings.HasPrefix(name, "LOCUST_")
}

// ofVariable is the option that a variable sets; nil if none.
func (c *config) ofVariable(name string) *Option {
	i := slices.IndexFunc(c.options, func(o Option) bool { return slices.Contains(o.Env, name) })
	if i < 0 {
		return nil
	}
	return &c.options[i]
}

func merged(parts ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// check refuses what each option alone could not.
func (c *config) check() error {
	for _, check := range []func() error{c.checkCluster, c.checkWeb, c.checkFiles, c.checkHost, c.checkTarget, c.checkScenario} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *config) checkCluster() error {
	if c.values.master && c.values.worker {
		return &UsageError{Where: c.where("worker"), Problem: "cannot go with " + c.where("master"), Code: exitCluster}
	}
	for _, text := range c.values.configUsers {
		content := []byte(text)
		if strings.HasSuffix(text, ".json") {
			var err error
			if content, err = input.ReadFile(text, largestConfig); err != nil {
				return &UsageError{Where: c.where("config-users"), Problem: err.Error(), Code: exitCluster}
			}
		}
		if !json.Valid(content) {
			return &UsageError{Where: c.where("config-users"), Accepts: "JSON, or the name of a .json file", Code: exitCluster}
		}
	}
	return nil
}

// checkFiles refuses settings of files that do not go together.
func (c *config) checkFiles() error {
	if c.values.csvFull && c.values.csv == "" {
		return &UsageError{Where: c.where("csv-full-history"), Problem: "there is no file to write it to", Accepts: "--csv PREFIX too"}
	}
	return nil
}

// checkScenario: tags and user classes choose parts of a script; there is only
// one class, and its tasks have no tags.
func (c *config) checkScenario() error {
	if len(c.values.tags) > 0 {
		return &UsageError{Where: c.where("tags"), Problem: "no task has a tag, so none would be left", Code: exitFailure}
	}
	classes := c.args
	if len(classes) == 0 {
		classes = strings.Fields(c.env["LOCUST_USER_CLASSES"])
	}
	for _, class := range classes {
		if class != c.app.User && c.mayHoldSecret(class) {
			return &UsageError{Where: quote(redact.Mask), Problem: "one word too many, not shown since it may be a secret; a value with a blank needs quotes", Code: exitFailure}
		}
		if class != c.app.User {
			return &UsageError{Where: quote(class), Problem: "no such user class or command", Accepts: c.app.choices(), Code: exitFailure}
		}
	}
	return nil
}

// mayHoldSecret reports whether a word on the command line may be the rest of a secret
// that lacked quotes, as in --header X-Key: abc. A word that is nearly a name is none.
func (c *config) mayHoldSecret(word string) bool {
	return didYouMean(word, strings.Split(c.app.choices(), ", ")) == "" && slices.ContainsFunc(c.options, func(o Option) bool {
		return c.rank(o.Flag) == fromFlag && o.shown(word) != word
	})
}

// choices lists what may stand on the command line without dashes.
func (app *App) choices() string {
	names := []string{app.User}
	for _, command := range app.Commands {
		names = append(names, command.Name)
	}
	return strings.Join(names, ", ")
}

// remarks are lines for the log about settings that do less than they seem to.
func (c *config) remarks() []string {
	var lines []string
	for _, o := range c.options {
		if o.inert != "" && c.given(o.Flag) {
			lines = append(lines, fmt.Sprintf("%s has no effect: %s", c.where(o.Flag), o.inert))
		}
	}
	for _, o := range c.options {
		if o.IdleWith != "" && c.given(o.Flag) && c.given(o.IdleWith) && c.origins[o.IdleWith].text() != "" {
			lines = append(lines, fmt.Sprintf("%s has no effect: %s is given", c.where(o.Flag), c.where(o.IdleWith)))
		}
	}
	if c.values.demo && c.values.host != "" {
		lines = append(lines, "the demonstration has no target of its own: "+c.where("host")+" is given")
	}
	if !c.values.web.wanted() && c.given("autostart") && c.values.web.autostart {
		lines = append(lines, "both --headless and --autostart are given: headless it is")
	}
	lines = append(lines, c.quotes()...)
	return append(lines, c.strangers()...)
}

// quotes are variables whose quotes are part of the value: a shell and docker
// compose take them off, docker's --env-file does not. What cannot be used with
// quotes is refused; a password can.
func (c *config) quotes() (lines []string) {
	for _, o := range c.options {
		from := c.origins[o.Flag]
		if text := from.text(); (from.rank == fromLoad || from.rank == fromLocust) && unquote(text) != text {
			lines = append(lines, from.name+" begins and ends with a quote, which counts: docker's --env-file takes none off")
		}
	}
	return lines
}

// strangers are variables that are unknown: all of ours, and Locust's that look
// misspelt.
func (c *config) strangers() []string {
	var known, lines []string
	for _, o := range c.options {
		known = append(known, o.Env...)
	}
	for _, command := range c.app.Commands {
		for _, o := range command.Options {
			known = append(known, o.Env...)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(c.env)) {
		if !ours(name) || slices.Contains(known, name) {
			continue
		}
		line := fmt.Sprintf("variable %s is unknown and ignored", name)
		if near := didYouMean(name, known); near != "" && editDistance(name, near) <= 2 {
			line += "; did you mean " + near + "?"
		} else if !strings.HasPrefix(name, "LOAD_") {
			continue
		}
		lines = append(lines, line)
	}
	return lines
}
