/** A project whose kinds are read here, and where they are described. */
export interface Source {
  /** The Go module that holds the files; null for this repository. */
  readonly module: { readonly name: string; readonly version: string } | null;
  /** The CustomResourceDefinitions: a folder of YAML files, or one file. */
  readonly definitions: string;
  /** The kinds that are taken; null takes all. */
  readonly kinds: readonly string[] | null;
  /** Folders of the Go types that give the names to the parts of a kind. */
  readonly goPackages: readonly string[];
  /** The names of the files in them that hold types. */
  readonly goFiles: RegExp;
  /** The file that holds the types of the kinds. */
  readonly types: string;
}

export const sources: readonly Source[] = [
  {
    module: { name: 'sigs.k8s.io/gateway-api', version: 'v1.7.0' },
    definitions: 'config/crd/experimental',
    kinds: null,
    goPackages: ['apis/v1', 'apis/v1beta1', 'apisx/v1alpha1'],
    goFiles: /_types\.go$/,
    types: 'types.ts',
  },
  {
    module: { name: 'github.com/projectcontour/contour', version: 'v1.33.8' },
    definitions: 'examples/contour/01-crds.yaml',
    // The kinds that say how traffic flows; ContourDeployment says how Contour itself is installed.
    kinds: ['ContourConfiguration', 'ExtensionService', 'HTTPProxy', 'TLSCertificateDelegation'],
    goPackages: ['apis/projectcontour/v1', 'apis/projectcontour/v1alpha1'],
    goFiles: /^(?!zz_).*(?<!_test)\.go$/,
    types: 'contour-types.ts',
  },
  {
    module: null,
    definitions: 'charts/farside/crds',
    kinds: null,
    goPackages: [],
    goFiles: /^$/,
    types: 'farside-types.ts',
  },
];
