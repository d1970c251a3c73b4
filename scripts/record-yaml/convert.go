// Reads a JSON array of YAML texts and writes what Kubernetes makes of each: the JSON that sigs.k8s.io/yaml converts it
// to, or that it refuses it.
package main

import (
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	Yaml    string          `json:"yaml"`
	JSON    json.RawMessage `json:"json,omitempty"`
	Refused bool            `json:"refused,omitempty"`
}

func main() {
	var texts []string
	if err := json.NewDecoder(os.Stdin).Decode(&texts); err != nil {
		panic(err)
	}
	answers := []answer{}
	for _, text := range texts {
		converted, err := yaml.YAMLToJSON([]byte(text))
		answers = append(answers, answer{Yaml: text, JSON: converted, Refused: err != nil})
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
