package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stop ends the run and answers when its users are down.
func (h *Handler) stop(w http.ResponseWriter, _ *http.Request) {
	// Users may take longer to come down than the server gives an answer.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Time{})
	if err := h.o.Control.Stop(); err != nil {
		answer(w, http.StatusOK, refusal(err.Error()))
		return
	}
	answer(w, http.StatusOK, map[string]any{"success": true, "message": msgStopped})
}

// reset zeroes the figures.
func (h *Handler) reset(w http.ResponseWriter, _ *http.Request) {
	if err := h.o.Control.Reset(); err != nil {
		answer(w, http.StatusOK, refusal(err.Error()))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte("ok"))
}

// user is where Locust's attributes of a user class are set, those that a compiled program can change.
func (h *Handler) user(w http.ResponseWriter, r *http.Request) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "application/json" {
		answer(w, http.StatusUnsupportedMediaType, refusal("Send a JSON object with the content type application/json."))
		return
	}
	text, err := readBody(w, r)
	if bad := (*badField)(nil); errors.As(err, &bad) {
		answer(w, bad.code, refusal(bad.text))
		return
	}
	var body map[string]json.RawMessage
	if json.Unmarshal(text, &body) != nil {
		answer(w, http.StatusBadRequest, refusal("body: it is not a JSON object"))
		return
	}
	var class string
	if names := h.classNames(); json.Unmarshal(body["user_class_name"], &class) != nil || !slices.Contains(names, class) {
		text := "user_class_name: the only class is " + quoted(names[0]) + "."
		if len(names) > 1 {
			text = "user_class_name: the classes are " + strings.Join(names, ", ") + "."
		}
		answer(w, http.StatusBadRequest, refusal(text))
		return
	}
	if len(body) > 1 {
		if err := h.setKind(text); err != nil {
			answer(w, http.StatusBadRequest, refusal(err.Error()))
			return
		}
	}
	answer(w, http.StatusCreated, map[string]any{})
}

// setKind changes a kind of users.
func (h *Handler) setKind(object []byte) error {
	if setter, ok := h.o.Control.(KindSetter); ok && h.o.Kinds != nil {
		return setter.SetKind(object)
	}
	return errors.New("the users of this program are compiled: their attributes cannot be changed from here")
}

// classNames are the kinds of users of the program.
func (h *Handler) classNames() (names []string) {
	if h.o.Kinds != nil {
		return h.o.Kinds
	}
	for _, class := range h.classes(h.source.Run()) {
		names = append(names, class.Name)
	}
	return names
}

// refusal is the body of an answer that says no.
func refusal(message string) map[string]any {
	return map[string]any{"success": false, "message": message}
}

// answer writes JSON as Locust does: keys sorted, indented by 2, a final
// newline.
func answer(w http.ResponseWriter, code int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_, _ = w.Write(indented(body))
}

// indented never fails: every body is made of texts, finite numbers, lists and
// maps.
func indented(body map[string]any) []byte {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(body); err != nil {
		return []byte("{}\n")
	}
	return text.Bytes()
}
