namespace Pure.Tuner.Ascend;

/// <summary>Where a CANN toolkit lies: found by the variables that its set_env.sh would set, else in the folders where installers put it.</summary>
/// <remarks>Layouts: 8.1 in ascend-toolkit/latest or ascend-toolkit/VERSION, 9.x in cann or cann-VERSION; each with lib64 and opp.</remarks>
/// <param name="Root">The toolkit's folder.</param>
/// <param name="FoundBy">The variable or "the usual place".</param>
/// <param name="LibraryFolder">The folder of its libraries.</param>
/// <param name="OperatorFolder">Its operator package.</param>
internal sealed record AscendToolkit(string Root, string FoundBy, string LibraryFolder, string OperatorFolder)
{
    private const string UsualRoot = "/usr/local/Ascend";

    /// <summary>Folders of a search that differ on a machine of a test: the variables and the roots.</summary>
    internal sealed record Places(Func<string, string?> Variable, IReadOnlyList<string> Roots)
    {
        public static Places OfMachine()
        {
            string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            string[] roots = home.Length == 0 ? [UsualRoot] : [UsualRoot, Path.Combine(home, "Ascend")];
            return new(Environment.GetEnvironmentVariable, roots);
        }
    }

    /// <summary>The toolkit of this machine.</summary>
    /// <exception cref="NotSupportedException">There is none: the sentence says where it was looked for and what to do.</exception>
    public static AscendToolkit Find(Places? places = null)
    {
        places ??= Places.OfMachine();
        foreach ((string variable, bool isPackage) in ((string, bool)[])[("ASCEND_HOME_PATH", false), ("ASCEND_TOOLKIT_HOME", false), ("ASCEND_OPP_PATH", true)])
        {
            if (places.Variable(variable) is not { Length: > 0 } named) continue;
            string root = isPackage ? Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(named))) ?? named : named;
            if (At(root, variable, places) is { } found) return found;
            if (!isPackage)
                throw new NotSupportedException($"npu: {variable} names {named}, which has no lib64 with libascendcl.so or libacl_rt.so; let it name the folder of a CANN toolkit, or unset it so that the usual places are searched");
        }
        List<string> looked = [];
        foreach (string root in places.Roots)
        {
            foreach (string candidate in Candidates(root))
                if (At(candidate, "the usual place", places) is { } found) return found;
            looked.Add(root);
        }
        throw new NotSupportedException($"npu: no CANN toolkit: ASCEND_HOME_PATH is not set and nothing is in {string.Join(" or ", looked)}; install the toolkit and the kernels of your card, or let ASCEND_HOME_PATH name the toolkit's folder");
    }

    private static IEnumerable<string> Candidates(string root)
    {
        yield return Path.Combine(root, "cann");
        yield return Path.Combine(root, "ascend-toolkit", "latest");
        yield return Path.Combine(root, "latest");
        foreach (string parent in (string[])[root, Path.Combine(root, "ascend-toolkit")])
        {
            if (!Directory.Exists(parent)) continue;
            // The highest number first: 9.0 before 8.1 before 8.1.RC1.
            foreach (string versioned in Directory.EnumerateDirectories(parent).Where(IsVersioned).OrderByDescending(Numbered).ThenByDescending(d => d, StringComparer.Ordinal)) yield return versioned;
        }
        yield return root;
    }

    private static bool IsVersioned(string folder) => Number(folder).Length > 0;

    private static string Number(string folder)
    {
        string name = Path.GetFileName(folder);
        if (name.StartsWith("cann-", StringComparison.Ordinal)) name = name["cann-".Length..];
        return name.Length > 0 && char.IsAsciiDigit(name[0]) ? name : "";
    }

    private static Version Numbered(string folder)
    {
        string digits = new([.. Number(folder).TakeWhile(c => char.IsAsciiDigit(c) || c == '.')]);
        return Version.TryParse(digits.TrimEnd('.'), out Version? version) ? version : new Version(0, 0);
    }

    private static AscendToolkit? At(string root, string foundBy, Places places)
    {
        foreach (string folder in (string[])[Path.Combine(root, "lib64"), Path.Combine(root, "aarch64-linux", "lib64"), Path.Combine(root, "x86_64-linux", "lib64")])
        {
            if (!File.Exists(Path.Combine(folder, "libascendcl.so")) && !File.Exists(Path.Combine(folder, "libacl_rt.so"))) continue;
            string operators = places.Variable("ASCEND_OPP_PATH") is { Length: > 0 } named ? named : Path.Combine(root, "opp");
            return new AscendToolkit(Path.GetFullPath(root), foundBy, Path.GetFullPath(folder), operators);
        }
        return null;
    }

    /// <summary>Libraries of custom operator packages, in the order in which they take precedence over the toolkit's own.</summary>
    public IEnumerable<string> CustomLibraries(Func<string, string?>? variable = null)
    {
        variable ??= Environment.GetEnvironmentVariable;
        foreach (string package in (variable("ASCEND_CUSTOM_OPP_PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries))
            if (Existing(package) is { } library) yield return library;
        string vendors = Path.Combine(OperatorFolder, "vendors");
        foreach (string vendor in Priority(Path.Combine(vendors, "config.ini")))
            if (Existing(Path.Combine(vendors, vendor)) is { } library) yield return library;

        static string? Existing(string package)
        {
            string library = Path.Combine(package, "op_api", "lib", "libcust_opapi.so");
            return File.Exists(library) ? library : null;
        }
    }

    /// <summary>load_priority of the vendors' file: names, the first wins.</summary>
    private static string[] Priority(string file)
    {
        if (!File.Exists(file)) return [];
        foreach (string line in File.ReadLines(file))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[..equals].Trim() == "load_priority")
                return line[(equals + 1)..].Split([',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }
        return [];
    }

    /// <summary>Folders in which libraries that others need are looked for: what set_env.sh puts on LD_LIBRARY_PATH, and the driver's.</summary>
    public IEnumerable<string> SearchFolders()
    {
        yield return LibraryFolder;
        yield return Path.Combine(LibraryFolder, "plugin", "opskernel");
        yield return Path.Combine(LibraryFolder, "plugin", "nnengine");
        string machine = System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";
        yield return Path.Combine(OperatorFolder, "built-in", "op_impl", "ai_core", "tbe", "op_tiling", "lib", "linux", machine);
        string driver = Path.Combine(UsualRoot, "driver", "lib64");
        yield return driver;
        yield return Path.Combine(driver, "common");
        yield return Path.Combine(driver, "driver");
    }
}
