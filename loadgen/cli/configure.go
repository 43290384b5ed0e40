package cli

import (
	"errors"
	"maps"
	"slices"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/loadgen/cli/internal/classes"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report/effect"
)

// config is the outcome of all settings of a start.
type config struct {
	app    *App
	values values
	table  *setting.Table
	args   []string
	env    map[string]string
	files  []setting.File // read once: one may be a pipe

	proxyOf proxyFunc // of the environment; nil: none
	way     way       // to the target, as the checks of its settings make it

	users []classes.Config // what is set of kinds of users
}

// errHelp stops the reading of settings: --help or --version is given.
var errHelp = errors.New("help or version wanted")

// configure reads and checks all settings. When it returns errHelp, only
// values.output.help and version are read.
func (app *App) configure(p process) (*config, error) {
	c := &config{app: app, args: p.args, env: p.env, proxyOf: p.proxy}
	c.table = setting.NewTable(app.sections(&c.values)...)
	c.table.Explain(c.absent)
	if err := c.read(p); err != nil {
		return c, err
	}
	return c, first(c.checkRoles, c.check)
}

// read goes through the sources. Flags and variables come first: they say where
// configuration files are and whether this is a demonstration, which has other
// defaults.
func (c *config) read(p process) error {
	if err := c.table.ReadCommand(p.args, p.env); err != nil {
		return err
	}
	out := &c.values.output
	out.help.V, out.version.V = out.help.Given(), out.version.Given()
	if out.help.V || out.version.V {
		return errHelp
	}
	if err := c.checkAbsent(); err != nil {
		return err
	}
	var err error
	if c.files, err = setting.ReadFiles(p.home, p.dir, out.configFile.Text()); err != nil {
		return err
	}
	defaults := maps.Clone(c.app.Defaults)
	if c.isDemo(c.files) {
		quit, demo := c.values.web.autoquit.Flag(), c.values.demo.Flag()
		defaults = merged(defaults, map[string]string{quit: "0"}, c.app.Demo, map[string]string{demo: "true"})
	}
	if err := c.table.ReadFiles(c.files); err != nil {
		return err
	}
	return c.table.Set(defaults)
}

// isDemo reports whether to run the demonstration: it is asked for, or nothing
// says which load to make.
func (c *config) isDemo(files []setting.File) bool {
	if c.app.Demo == nil {
		return false
	}
	if demo := &c.values.demo; demo.Given() {
		on, err := setting.Bool(demo.Text())
		return err == nil && on
	}
	for name, text := range c.env {
		if setting.Ours(name) && c.endsDemo(c.table.ByVariable(name), text) {
			return false
		}
	}
	for o := range c.table.All() {
		if from := o.Source(); o.Bearing == setting.Load && from.Given() && c.endsDemo(o, from.Text()) {
			return false
		}
	}
	for _, file := range files {
		for key, text := range file.All() {
			if c.endsDemo(c.table.ByKey(key), text) {
				return false
			}
		}
	}
	return true
}

// endsDemo reports whether a setting says something about the load. An unknown one,
// which is nil, does; an empty host does not.
func (c *config) endsDemo(o *setting.Option, text string) bool {
	return o == nil || o.Bearing != setting.Aside && (o.Source() != &c.values.host.Source || input.Trim(text) != "")
}

func merged(parts ...map[string]string) map[string]string {
	all := make(map[string]string)
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}

// remarks are lines for the log about settings that do less than they seem to.
func (c *config) remarks() []string {
	v := &c.values
	lines := c.table.Remarks()
	if v.demo.V && v.host.V != "" {
		lines = append(lines, "the demonstration does not start its own target: "+v.host.Where()+" is given")
	}
	if !v.web.wanted() && v.web.autostart.Given() && v.web.autostart.V {
		lines = append(lines, "both --headless and --autostart are given: headless it is")
	}
	if pilot := &v.effect.pilot; pilot.Given() && !v.output.plan.V {
		lines = append(lines, pilot.Where()+" has no effect without --plan")
	}
	lines = append(lines, c.unusedLevels()...)
	lines = append(lines, c.unusedSearch()...)
	tables := []*setting.Table{c.table}
	for _, command := range c.app.allCommands() {
		tables = append(tables, setting.NewTable(setting.Section{Options: command.Options}))
	}
	return slices.Concat(lines, c.table.Quoted(), setting.Unknown(c.env, tables...))
}

// judged are the options of the effect.
func (c *config) judged() effect.Options {
	v := &c.values.effect
	o := effect.Options{Primary: v.primary.V, Margin: v.margin.V, Level: v.confidence.V}
	if o.Primary == "" {
		o.Primary, o.Op = v.claims.V.Primary()
	}
	return o
}

// title names the run where people read it.
func (c *config) title() string {
	if profile := c.values.output.profile.V; profile != "" {
		return c.app.Name + " · " + profile
	}
	return c.app.Name
}
