package cli

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// withheld are options of the load that workers do not get as they are: what they come
// to is sent in another form, or belongs to the coordinator.
var withheld = []string{
	"host", "users", "spawn-rate", "baseline-users", "baseline-spawn-rate", "intervention-users", "intervention-spawn-rate", "stages",
	"intervention-enter", "intervention-exit", "primary", "margin", "level", "assert",
}

// shared are the settings with which another process of the program makes the same
// runs, and the flags of secrets that it must be given itself.
func (s *session) shared() (settings map[string]string, secrets []string) {
	settings = s.levels()
	for flag, text := range s.config.portableKinds() {
		settings[flag] = text
	}
	settings[s.values.seed.Flag()] = strconv.FormatUint(s.values.seed.V, 10)
	host := s.target()
	if host != "" {
		settings["host"] = host
	}
	for _, flag := range s.config.app.loadFlags(host != "") {
		o := s.config.table.ByKey(flag)
		from := o.Source()
		switch given := from.Given() || from.Text() != o.Default; {
		case !given || slices.Contains(withheld, flag):
		case secret(o):
			secrets = append(secrets, flag)
		default:
			settings[flag] = from.Portable()
		}
	}
	if from := &s.values.host.Source; from.Hides() {
		delete(settings, from.Flag())
		secrets = append(secrets, from.Flag())
	}
	slices.Sort(secrets)
	return settings, secrets
}

// target is where workers send their requests: what is given, or what the program
// itself has started; "" if that is not an address.
func (s *session) target() string {
	if host := s.values.host.V; host != "" {
		return host
	}
	if job := s.jobs.own.Job; job != nil {
		if _, ok := baseURL(job.Host); ok {
			return job.Host
		}
	}
	return ""
}

// levels are the users and spawn rates, or the stages, that the phases have in the end.
func (s *session) levels() map[string]string {
	settings := make(map[string]string)
	for name, own := range map[string]*phaseValues{baselineName: &s.values.baseline, interventionName: &s.values.intervention} {
		p, err := s.config.phase(name, own)
		if err != nil {
			continue // no phase of this name is in the plan
		}
		if name == interventionName && s.config.staged() {
			settings["stages"] = s.values.stages.V.text()
			continue
		}
		rate := "inf"
		if p.SpawnRate > 0 {
			rate = strconv.FormatFloat(p.SpawnRate, 'g', -1, 64)
		}
		settings[own.users.Flag()], settings[own.rate.Flag()] = strconv.Itoa(p.Users), rate
	}
	return settings
}

// loadFlags are the options that bear on the load. With a target those of what the
// program does without one do not.
func (app *App) loadFlags(targeted bool) (flags []string) {
	for _, section := range app.loadSections(new(values)) {
		for _, o := range section.Options {
			if section.Heading == ownHeading && o.Bearing == setting.Aside || targeted && o.IdleWith != nil {
				continue
			}
			flags = append(flags, o.Flag)
		}
	}
	return flags
}

// secret reports whether what an option was set to stays in this process.
func secret(o *setting.Option) bool {
	if o.Flag == "header" && !o.Secret {
		return slices.ContainsFunc(o.Source().Texts(), secretHeader)
	}
	return o.Source().Hides()
}

// secretHeader reports whether a header's name says that it carries a secret.
func secretHeader(header string) bool {
	name, _, _ := strings.Cut(strings.ToLower(header), ":")
	return slices.ContainsFunc([]string{"auth", "cookie", "token", "key", "secret", "pass", "session", "sign", "credential", "jwt", "csrf", "xsrf"},
		func(part string) bool { return strings.Contains(name, part) })
}
