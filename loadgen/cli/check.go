package cli

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/redact"
	"github.com/gensim/load-generator/loadgen/cli/setting"
)

// check refuses what each option alone could not.
func (c *config) check() error {
	return first(c.checkDefaults, c.checkCluster, c.checkWeb, c.checkTLS, c.checkCSV, c.checkHost,
		c.checkHeaders, c.checkTrust, c.checkCertificate, c.checkProxy, c.checkProtocol, c.checkSocket, c.checkScenario)
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

func (c *config) checkCluster() error {
	v := &c.values.locust
	if v.master.V && v.worker.V {
		return &setting.Error{Where: v.worker.Where(), Problem: "cannot go with " + v.master.Where(), Code: exitCluster}
	}
	for _, text := range v.configUsers.V {
		content := []byte(text)
		if strings.HasSuffix(text, ".json") {
			var err error
			if content, err = input.ReadFile(text, setting.LargestFile); err != nil {
				return &setting.Error{Where: v.configUsers.Where(), Problem: err.Error(), Code: exitCluster}
			}
		}
		if !json.Valid(content) {
			return &setting.Error{Where: v.configUsers.Where(), Accepts: "JSON, or the name of a .json file", Code: exitCluster}
		}
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
		return &setting.Error{Where: tags.Where(), Problem: "no task has a tag, so none would be left", Code: exitFailure}
	}
	classes := c.table.Args()
	if len(classes) == 0 {
		classes = strings.Fields(input.Trim(c.env["LOCUST_USER_CLASSES"]))
	}
	for _, class := range classes {
		if class != c.app.User && c.mayBeSecret(class) {
			return &setting.Error{Where: setting.Quote(redact.Mask), Problem: "one word too many, not shown since it may be a secret; a value with a blank needs quotes", Code: exitFailure}
		}
		if class != c.app.User {
			return &setting.Error{Where: setting.Quote(class), Problem: "no such user class or command", Accepts: strings.Join(c.app.names(), ", "), Code: exitFailure}
		}
	}
	return nil
}

// mayBeSecret reports whether a word on the command line may be the rest of a
// secret that lacked quotes. A word that is nearly a name is not.
func (c *config) mayBeSecret(word string) bool {
	return setting.DidYouMean(word, c.app.names()) == "" && c.table.MayBeSecret(word)
}

// names are the words that may stand on the command line without dashes.
func (app *App) names() []string {
	names := []string{app.User}
	for _, command := range app.commands() {
		names = append(names, command.Name)
	}
	return names
}
