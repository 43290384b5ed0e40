package cluster

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/gensim/load-generator/internal/input"
	"github.com/gensim/load-generator/internal/output"
	"github.com/gensim/load-generator/loadgen"
	"github.com/gensim/load-generator/report/record"
)

// checkpoint is what a coordinator keeps of its run in a file, for one that is started after it: a line of JSON, and
// the figures as of the instant at which the shares were so far.
type checkpoint struct {
	Version  int                  `json:"lgc"`
	Run      string               `json:"run"`
	Settings map[string]string    `json:"settings,omitempty"`
	Request  loadgen.StartRequest `json:"request"`
	Plan     string               `json:"plan"`  // digest
	Build    string               `json:"build"` // of the program
	Orphan   time.Duration        `json:"orphan"`
	Begun    bool                 `json:"begun"`              // workers may make load
	Starting bool                 `json:"starting,omitempty"` // offset 0 was still to come
	At       time.Time            `json:"at"`                 // wall clock
	Offset   time.Duration        `json:"offset"`
	course

	Merged  int         `json:"merged"` // Resets of the figures
	Shares  []keptShare `json:"shares"`
	figures *record.Delta
}

// keptShare is a share as far as its rows are among the figures, and whether it is lost by now.
type keptShare struct {
	ID    string `json:"id"`
	Nonce string `json:"nonce"`
	Seat  int    `json:"seat"` // Locust's index of the worker
	standing
}

const checkpointVersion = 1

// Limits of what is read of a checkpoint.
const (
	maxCheckpoint = 4 << 30   // bytes of the file
	maxHead       = 256 << 20 // bytes of its first line
)

// write replaces a file by the checkpoint, which is on the disk then. The one before stays whole until that.
func (k *checkpoint) write(path string) error {
	k.Version = checkpointVersion
	line, err := json.Marshal(k)
	if err != nil {
		return err
	}
	part := output.Part(path)
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(slices.Concat(line, []byte("\n"), k.figures.Bytes()))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		_ = os.Remove(part)
	}
	return err
}

// readCheckpoint reads one; nil: there is no such file.
func readCheckpoint(path string) (*checkpoint, error) {
	data, err := input.ReadFile(path, maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return parseCheckpoint(data)
}

func parseCheckpoint(data []byte) (*checkpoint, error) {
	line, figures, ok := bytes.Cut(data, []byte("\n"))
	if !ok || len(line) > maxHead || !strings.HasPrefix(string(line), `{"lgc":`) {
		return nil, errors.New("it is not a checkpoint of a master")
	}
	k := new(checkpoint)
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(k); err != nil {
		return nil, fmt.Errorf("its first line is not as a master writes it: %w", err)
	}
	if err := k.check(); err != nil {
		return nil, err
	}
	var err error
	if k.figures, err = record.ParseDelta(figures); err != nil {
		return nil, err
	}
	any := func(p keptShare) bool { return p.Have > 0 }
	if len(figures) == 0 && slices.ContainsFunc(k.Shares, any) {
		return nil, errors.New("it ends before its figures")
	}
	return k, nil
}

// check reports what no coordinator writes.
func (k *checkpoint) check() error {
	if k.Version != checkpointVersion {
		return fmt.Errorf("it is of version %d, and this program reads %d", k.Version, checkpointVersion)
	}
	if err := sound(isToken(k.Run), k.Offset >= 0, isOffset(int64(k.Offset)), len(k.Holders) > 0, !k.Begun || len(k.Shares) > 0, len(k.Shares) <= maxWorkers, k.Orphan >= 0,
		k.Merged >= 0, k.Resets >= k.Merged, k.Progress.Phase >= 0, k.Stopped >= 0, isOffset(int64(k.Stopped)),
		isOffset(int64(k.Round)), isOffset(int64(k.Grace)), k.Former >= 0, k.Former < math.MaxInt/2, k.ResetBy <= k.Former+len(k.Commands)); err != nil {
		return errKept
	}
	for i := range k.Commands {
		if c := &k.Commands[i]; c.check() != nil || c.Run != k.Run || c.Number != k.Former+i+1 {
			return errKept
		}
	}
	for _, h := range k.Holders {
		if len(h.Lost) > 0 && (len(h.Lost) >= len(k.Shares) || slices.Min(h.Lost) < 0 || slices.Max(h.Lost) >= len(k.Shares)) {
			return errKept
		}
	}
	for i := range k.Shares {
		p := &k.Shares[i]
		if !isToken(p.ID) || !isToken(p.Nonce) || p.Have < 0 || !isOffset(int64(p.Made)) || p.Have > 0 && p.Last.check() != nil {
			return errKept
		}
	}
	return k.Request.Validate()
}

var errKept = errors.New("its first line has a value that cannot be")
