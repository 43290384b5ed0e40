package cli

import (
	"errors"
	"io"
	"log/slog"

	"github.com/gensim/load-generator/loadgen/datadog"
)

// command is the one that the first argument names; nil if none.
func (app *App) command(args []string) *Command {
	for i := range app.Commands {
		if len(args) > 0 && args[0] == app.Commands[i].Name {
			return &app.Commands[i]
		}
	}
	return nil
}

// run reads the command's own options and runs it until a signal.
func (command *Command) run(app *App, p process) int {
	var help bool
	format := "text"
	sub := &App{Name: app.Name + " " + command.Name}
	options := append((&App{Options: command.Options}).ownOptions(), Option{Flag: "log-format", Env: []string{"LOAD_LOG_FORMAT"}, group: groupLog,
		Accepts: acceptsFormat, Default: "auto", Help: "text, json, or auto: json when Datadog is on and the log goes to no terminal", Set: Var(&format, logFormat)}, Option{Flag: "help", Short: "h", Switch: true, group: groupOutput,
		Accepts: acceptsBool, Help: "print this text and exit", Set: Var(&help, Bool)})
	p.args = p.args[1:]
	own, err := resolve(options, sources{args: p.args, env: p.env}, nil)
	p.jsonLog = (&config{settings: own, env: trimmed(p.env)}).wantsJSON(p)
	if err == nil && len(own.args) > 0 {
		err = &UsageError{Where: quote(own.args[0]), Problem: "one word too many", Accepts: "flags; --help lists them"}
	}
	if err != nil {
		return sub.refuse(p.beside(slog.LevelError), err)
	}
	if help {
		return sub.print(p, func(w io.Writer) { sub.writeHelp(w, options) })
	}
	log := slog.New(newLogHandler(p.stderr, slog.LevelInfo, app.Name))
	if p.jsonLog {
		log = slog.New(datadog.NewLogHandler(p.stderr, nil))
	}
	ctx, unwatch := p.untilSignal(log)
	defer unwatch()
	if err := command.Run(ctx, log); err != nil && !errors.Is(err, errInterrupted) {
		return sub.refuse(p.beside(slog.LevelError), err)
	}
	return exitOK
}
