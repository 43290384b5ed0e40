package cli

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/internal/classes"
	"github.com/gensim/load-generator/loadgen/cli/setting"
	"github.com/gensim/load-generator/scenario"
)

// check refuses what each option alone could not.
func (c *config) check() error {
	if err := first(c.checkDefaults, c.checkConfigUsers, c.checkSearch); err != nil {
		return err
	}
	if c.worker() == nil { // which has no page and no files, and asks for its target
		if err := first(c.checkWeb, c.checkTLS, c.checkCSV, c.checkHost); err != nil {
			return err
		}
	}
	return first(c.checkHeaders, c.checkTrust, c.checkCertificate, c.checkProxy, c.checkProtocol, c.checkSocket, c.checkScenario)
}

// first makes checks up to the one that fails, and returns its error.
func first(checks ...func() error) error {
	for _, check := range checks {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkDefaults refuses defaults of the program for options that do not exist.
func (c *config) checkDefaults() error {
	for _, flag := range slices.Sorted(maps.Keys(merged(c.app.Defaults, c.app.Demo))) {
		if c.table.ByKey(flag) == nil {
			return &setting.Error{Where: "default of --" + flag, Problem: "the program has no such option", Code: exitFailure}
		}
	}
	return nil
}

func (c *config) checkConfigUsers() error {
	v := &c.values.locust
	for _, text := range v.configUsers.V {
		content := []byte(text)
		if strings.HasSuffix(text, ".json") {
			var err error
			if content, err = input.ReadFile(text, setting.LargestFile); err != nil {
				return &setting.Error{Where: v.configUsers.Where(), Problem: err.Error(), Code: exitLocust}
			}
		}
		if !json.Valid(content) {
			return &setting.Error{Where: v.configUsers.Where(), Accepts: "JSON, or the name of a .json file", Code: exitLocust}
		}
		if c.app.Kinds == nil {
			continue // it has no effect
		}
		own, err := classes.Parse(content)
		if err != nil {
			return &setting.Error{Where: v.configUsers.Where(), Problem: err.Error(), Code: exitLocust}
		}
		c.users = append(c.users, own...)
	}
	return nil
}

// checkCSV refuses settings of the CSV files that do not go together.
func (c *config) checkCSV() error {
	if v := &c.values.output; v.csvFull.V && v.csv.V == "" {
		return &setting.Error{Where: v.csvFull.Where(), Problem: "there is no file to write it to", Accepts: "--csv PREFIX too"}
	}
	return nil
}

// checkScenario refuses tags and user classes that would leave nothing of the
// script: it has one class, and its tasks have no tags.
func (c *config) checkScenario() error {
	if tags := &c.values.locust.tags; len(tags.V) > 0 {
		return &setting.Error{Where: tags.Where(), Problem: "no task has a tag, so none would be left", Accepts: "no tags"}
	}
	picked := c.picked()
	for i, class := range picked {
		if slices.Contains(picked[:i], class) && c.app.Kinds != nil {
			return &setting.Error{Where: setting.Quote(class), Problem: "this user class is given twice", Code: exitFailure}
		}
		known := slices.Contains(c.app.classes(), class)
		if !known && c.mayBeSecret(class) {
			return &setting.Error{Where: setting.Quote(redact.Mask), Problem: "one word too many, not shown since it may be a secret; a value with a blank needs quotes", Code: exitFailure}
		}
		if !known {
			return &setting.Error{Where: setting.Quote(class), Problem: "no such user class or command", Accepts: strings.Join(c.app.names(), ", "), Code: exitFailure}
		}
	}
	return nil
}

// picked are the user classes that the command line or a variable names; none: all take part.
func (c *config) picked() []string {
	if classes := c.table.Args(); len(classes) > 0 {
		return classes
	}
	return strings.Fields(input.Trim(c.env["LOCUST_USER_CLASSES"]))
}

// picks are the kinds of users of a start that asks for some, or for all that take part; nil: all there are.
func (c *config) picks(asked []string) []string {
	if asked == nil && c.app.Kinds != nil && len(c.picked()) > 0 {
		return c.picked()
	}
	return asked
}

// classes are what Locust calls user classes.
func (app *App) classes() []string {
	if app.Kinds != nil {
		return app.Kinds
	}
	return []string{app.User}
}

// kinds are the kinds of users of a job as the settings have them, and more that was set since, those that are asked
// for; nil: one without a name.
func (c *config) kinds(job *Job, more []classes.Config, asked []string, host string) ([]scenario.Kind, error) {
	v := &c.values.locust
	if names := classes.Names(job.Kinds); !slices.Equal(names, c.app.Kinds) {
		return nil, fmt.Errorf("App.Kinds is %q and the job has kinds %q; want the same names", c.app.Kinds, names)
	}
	if job.Kinds == nil {
		return nil, nil
	}
	kinds := job.Kinds
	if v.equalWeights.V {
		kinds = classes.Equal(kinds)
	}
	kinds, err := classes.Configure(kinds, slices.Concat(c.users, more), host)
	if err != nil && more != nil {
		return nil, err
	}
	if err != nil {
		return nil, &setting.Error{Where: v.configUsers.Where(), Problem: err.Error()}
	}
	return classes.Pick(kinds, asked)
}

// portableKinds are the settings of kinds of users for another process, which has no file of them.
func (c *config) portableKinds() map[string]string {
	out, v := map[string]string{}, &c.values.locust
	if c.users != nil {
		text, _ := json.Marshal(c.users)                // of texts and numbers
		list, _ := json.Marshal([]string{string(text)}) // as an option that may be given several times is read
		out[v.configUsers.Flag()] = string(list)
	}
	if v.equalWeights.V && c.app.Kinds != nil {
		out[v.equalWeights.Flag()] = "true"
	}
	return out
}

// mayBeSecret reports whether a word on the command line may be the rest of a
// secret that lacked quotes. A word that is nearly a name is not.
func (c *config) mayBeSecret(word string) bool {
	return setting.DidYouMean(word, c.app.names()) == "" && c.table.MayBeSecret(word)
}

// names are the words that may stand on the command line without dashes.
func (app *App) names() []string {
	names := slices.Clone(app.classes())
	for _, command := range app.allCommands() {
		names = append(names, command.Name)
	}
	return names
}
