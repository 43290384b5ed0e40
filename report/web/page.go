package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/say"
	"github.com/gensim/load-generator/report/internal/markup"
	"github.com/gensim/load-generator/report/internal/page"
)

//go:embed assets
var assets embed.FS

// tags are the ETags of the assets by name, which change with their content.
var tags = tagAssets()

func tagAssets() map[string]string {
	out := make(map[string]string)
	files, err := assets.ReadDir("assets")
	if err != nil {
		panic("web: " + err.Error()) // the folder is part of the program
	}
	names := page.Names()
	for _, f := range files {
		names = append(names, f.Name())
	}
	for _, name := range names {
		sum := sha256.Sum256(mustAsset(name))
		out[name] = `"` + hex.EncodeToString(sum[:8]) + `"`
	}
	return out
}

// mustAsset returns a file that is part of the program.
func mustAsset(name string) []byte {
	if page.Has(name) {
		return page.Asset(name)
	}
	data, err := assets.ReadFile("assets/" + name)
	if err != nil {
		panic("web: " + err.Error())
	}
	return data
}

// kinds are the content types of the assets; nothing else is served.
var kinds = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// asset serves a file of the page. The browser keeps it and asks whether it has
// changed.
func (h *Handler) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	tag, kind := tags[name], kinds[path.Ext(name)]
	if tag == "" || kind == "" {
		refuse(w, http.StatusNotFound, "There is nothing at this address.")
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("ETag", tag)
	w.Header().Set("Cache-Control", "no-cache")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(mustAsset(name)))
}

var indexPage = markup.Must(string(mustAsset("index.html")), nil)

// index serves the page. Its data is a block that no browser runs.
func (h *Handler) index(w http.ResponseWriter, r *http.Request) {
	config, err := json.Marshal(h.config())
	args, bad := json.Marshal(h.templateArgs())
	var text bytes.Buffer
	if err = cmp.Or(err, bad); err == nil {
		// json.Marshal has escaped <, > and &, so no value can end the block.
		err = indexPage.Execute(&text, map[string]any{
			"Title":  h.o.Title,
			"Config": markup.Raw(dataBlock("config", string(config))),
			"Args":   markup.Raw(dataBlock("template-args", "window.templateArgs = "+string(args))),
		})
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(text.Bytes()))
}

// dataBlock holds data in a page, for scripts to read.
func dataBlock(id, text string) string {
	return `<script type="application/json" id="` + id + `">` + strings.ReplaceAll(text, "</", `<\/`) + `</script>`
}

// config is what the page must know before the first frame.
func (h *Handler) config() map[string]any {
	return map[string]any{
		"server": h.name, "title": h.o.Title, "version": h.o.Version, "control": h.o.Control != nil,
		"host": h.o.Host, "allow_host": h.o.AllowHost, "users": h.o.Users, "spawn_rate": h.o.SpawnRate,
		"run_time": spanText(h.o.RunTime), "max_users": h.o.MaxUsers, "stages": h.o.Stages,
		"schedule": page.Bands(h.o.Schedule), "kinds": h.pickable(), "mix": h.mix(), "history": h.o.HistoryFile != "", "workers": h.several(),
		"search": h.o.Search != nil,
	}
}

// pickable are the kinds of users that a start may choose from; none without a picker.
func (h *Handler) pickable() []string {
	if !h.o.ClassPicker {
		return []string{}
	}
	return h.o.Kinds
}

// kindOfMix is a kind of users whose weight or fixed count a start may change.
type kindOfMix struct {
	Name   string  `json:"name"`
	Weight float64 `json:"weight"`
	Count  int     `json:"count"`
}

// mix are the kinds of users as the next run has them; none where the program does not let them be changed.
func (h *Handler) mix() []kindOfMix {
	out := []kindOfMix{}
	if setter, ok := h.o.Control.(KindSetter); ok && h.o.Kinds != nil {
		for _, c := range setter.Kinds() {
			out = append(out, kindOfMix{c.Name, c.Weight, c.Count})
		}
	}
	return out
}

// spanText is a run time as the form takes it; "" for no limit.
func spanText(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return say.Span(d.Round(time.Second))
}
