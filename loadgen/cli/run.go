package cli

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/loadgen/cli/internal/completion"
	"github.com/gensim/load-generator/loadgen/cli/internal/terminal"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/report/locust"
)

// run does what the command line asks for and returns the exit code.
func (app *App) run(p process) int {
	if command := app.command(p.args); command != nil {
		return command.exec(app, p)
	}
	if len(p.args) > 0 && p.args[0] == completionName {
		return app.complete(p)
	}
	unwatch := p.endAtSignal() // a configuration file may be a pipe without a writer
	c, err := app.configure(p)
	unwatch()
	if c.wantsJSON(p) {
		p.jsonLog = app.jsonLog
	}
	v := &c.values
	switch {
	case v.output.help.V:
		return app.print(p, func(w io.Writer) {
			app.writeHelp(w, c.table, append(app.allCommands(), Command{Name: completionName, Help: completionHelp}))
		})
	case v.output.version.V:
		return app.print(p, func(w io.Writer) { fmt.Fprintln(w, app.versionLine()) })
	case err != nil:
		return app.refuse(p, err)
	case v.output.list.V:
		return app.print(p, func(w io.Writer) { locust.WriteUsers(w, app.classes()...) })
	}
	s := &session{config: c, values: &c.values, process: p, screen: terminal.NewScreen(p.stderr)}
	return s.do()
}

// print writes a text to standard output and returns the exit code. A reader that
// goes away is not an error.
func (app *App) print(p process, write func(io.Writer)) int {
	var text bytes.Buffer
	write(&text)
	if _, err := p.stdout.Write(text.Bytes()); err != nil && !errors.Is(err, syscall.EPIPE) {
		return app.refuse(p, err)
	}
	return exitOK
}

// badInput is an error of what the job was given, such as a file of test data: see App.New.
type badInput interface {
	error
	BadInput() bool
}

// refuse prints why the program cannot start, in one line in the form of the log,
// and returns the exit code.
func (app *App) refuse(p process, err error) int {
	fmt.Fprintf(p.notes(slog.LevelError), "%s: %s\n", app.Name, terminal.Escape(say.OneLine(err.Error())))
	if usage, ok := errors.AsType[*setting.Error](err); ok {
		return cmp.Or(usage.Code, exitUsage)
	}
	if bad, ok := errors.AsType[badInput](err); ok && bad.BadInput() {
		return exitUsage
	}
	return exitFailure
}

// writeHelp prints what --help asks for.
func (app *App) writeHelp(w io.Writer, table *setting.Table, commands []Command) {
	fmt.Fprintf(w, "Usage: %s [flags]\n", app.Name)
	for _, command := range commands {
		follows := "[flags]"
		if command.Name == completionName {
			follows = strings.Join(completion.Shells, "|")
		}
		first := fmt.Sprintf("       %s %s %s    ", app.Name, command.Name, follows)
		_, _ = io.WriteString(w, say.Wrap(first, strings.Repeat(" ", 11), command.Help))
	}
	if commands != nil {
		writeExamples(w, app.Name)
	}
	_, _ = io.WriteString(w, "\n"+say.Wrap("", "", "A flag beats a LOAD_* variable, that a LOCUST_* variable, that a configuration file."))
	table.WriteHelp(w, app.Defaults)
}

// examples are command lines of any program, below what they do.
var examples = []struct{ does, flags string }{
	{"50 users for five minutes, with the page on port 8089:", "-H http://localhost:8081 -u 50 -r 10 -t 5m"},
	{"Two minutes of 50 users, then four of 100, the verdict, no page:",
		"-H http://localhost:8081 --headless\n--warmup-duration 2m -t 6m --baseline-users 50 --intervention-users 100"},
	{"Exit code 3 if a claim does not hold; a report as HTML:",
		"-H http://localhost:8081 --headless -u 50 -t 5m\n--assert 'p95 < 250ms' --html report.html"},
	{"What would run, and no request sent:", "-H http://localhost:8081 --stages 2m:10,5m:50,30s:0 --plan"},
}

func writeExamples(w io.Writer, program string) {
	_, _ = io.WriteString(w, "\nExamples:\n")
	for _, example := range examples {
		fmt.Fprintf(w, "  %s\n    %s %s\n", example.does, program, strings.ReplaceAll(example.flags, "\n", " \\\n        "))
	}
}

// version and commit of a release are set by the linker, with
// -X github.com/gensim/load-generator/loadgen/cli.version=v0.1.0, say.
var version, commit string

// version is the program's, or the linker's, or that of the module it was built from.
func (app *App) programVersion() string {
	if app.Version != "" || version != "" {
		return cmp.Or(app.Version, version)
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

// versionLine is what --version prints.
func (app *App) versionLine() string {
	if commit == "" {
		return app.program()
	}
	return app.program() + " (commit " + commit + ")"
}

// program is the name of the program with its version.
func (app *App) program() string { return app.Name + " " + app.programVersion() }

// command is the one that the first argument names; nil if none.
func (app *App) command(args []string) *Command {
	if len(args) == 0 {
		return nil
	}
	for _, command := range app.allCommands() {
		if args[0] == command.Name {
			return &command
		}
	}
	return nil
}

// commands are the program's own and the one that every program has.
func (app *App) allCommands() []Command {
	return append(slices.Clip(app.Commands), healthCommand(app.Parts))
}

// run reads the command's own options and runs it until a signal.
func (command *Command) exec(app *App, p process) int {
	p.args = p.args[1:]
	c := &config{app: &App{Name: app.Name + " " + command.Name, Parts: app.Parts}, env: p.env}
	v := &c.values
	c.table = command.table(v)
	err := c.table.Read(p.args, p.env)
	if c.wantsJSON(p) {
		p.jsonLog = app.jsonLog
	}
	if rest := c.table.Args(); err == nil && len(rest) > 0 {
		err = &setting.Error{Where: setting.Quote(rest[0]), Problem: "one word too many", Accepts: "flags; --help lists them"}
	}
	if err != nil {
		return c.app.refuse(p, err)
	}
	if v.output.help.V {
		return c.app.print(p, func(w io.Writer) { c.app.writeHelp(w, c.table, nil) })
	}
	log := slog.New(terminal.NewLogHandler(p.stderr, slog.LevelInfo, app.Name))
	if p.jsonLog != nil {
		log = slog.New(p.jsonLog(p.stderr, slog.LevelInfo))
	}
	ctx, unwatch := p.untilSignal(log)
	defer unwatch()
	if err := command.Run(ctx, log); err != nil && !errors.Is(err, errInterrupted) {
		return c.app.refuse(p, err)
	}
	return exitOK
}

// table is the options of a command, its own and those that all have.
func (command *Command) table(v *values) *setting.Table {
	return setting.NewTable(
		setting.Section{Heading: ownHeading, Options: command.Options},
		setting.Section{Heading: outputHeading, Options: []setting.Option{helpOption(&v.output)}},
		setting.Section{Heading: logHeading, Options: []setting.Option{formatOption(&v.log)}})
}

// completion is a command that takes a word, which [Command] has no place for.
const (
	completionName = "completion"
	completionHelp = "print how that shell completes this command"
)

// complete prints how a shell completes the command line.
func (app *App) complete(p process) int {
	words := p.args[1:]
	if len(words) != 1 {
		return app.refuse(p, &setting.Error{Where: completionName, Problem: "wants the name of a shell", Accepts: strings.Join(completion.Shells, ", ")})
	}
	known := []completion.Command{{Table: setting.NewTable(app.sections(new(values))...)}}
	for _, command := range app.allCommands() {
		known = append(known, completion.Command{Name: command.Name, Help: command.Help, Table: command.table(new(values))})
	}
	known = append(known, completion.Command{Name: completionName, Help: completionHelp, Words: completion.Shells})
	var script bytes.Buffer
	if err := completion.Write(&script, words[0], app.Name, known); err != nil {
		return app.refuse(p, &setting.Error{Where: completionName, Problem: err.Error()})
	}
	return app.print(p, func(w io.Writer) { _, _ = script.WriteTo(w) })
}
