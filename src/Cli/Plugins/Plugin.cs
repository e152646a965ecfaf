using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;
using Pure.Tuner.Kernels;

namespace Pure.Tuner.Cli;

/// <summary>A researcher's assembly: kernels to be put in a backend, and operators for the table.</summary>
internal sealed class Plugin
{
    private readonly IKernelPlugin[] _kernels;
    private readonly string _file;

    private Plugin(string file, IKernelPlugin[] kernels, IOpCaseSource[] sources)
    {
        (_file, _kernels) = (file, kernels);
        foreach (IOpCaseSource source in sources) OpCases.Add(source);
        HasOperators = sources.Length > 0;
    }

    /// <summary>Whether it brought operators: then it need not bring kernels.</summary>
    public bool HasOperators { get; }

    /// <param name="path">The assembly.</param>
    /// <exception cref="UsageException">There is none, it cannot be loaded, or it has nothing to register.</exception>
    public static Plugin Load(string path)
    {
        if (!RuntimeFeature.IsDynamicCodeSupported) throw new UsageException("kernels: this build is compiled ahead of time and cannot load assemblies; use the ordinary one");
        string file = Path.GetFullPath(path);
        if (!File.Exists(file)) throw new UsageException($"kernels: there is no file {path}");
        try
        {
            Assembly assembly = new Context(file).LoadFromAssemblyPath(file);
            Type[] types = [.. assembly.GetExportedTypes().Where(t => t is { IsClass: true, IsAbstract: false } && t.GetConstructor([]) is not null)];
            IKernelPlugin[] kernels = Make<IKernelPlugin>(types);
            IOpCaseSource[] sources = Make<IOpCaseSource>(types);
            if (kernels.Length + sources.Length == 0)
                throw new UsageException($"kernels: {path} registers nothing: it needs a public class that implements {nameof(IKernelPlugin)} or {nameof(IOpCaseSource)}");
            return new Plugin(path, kernels, sources);
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException or ArgumentException)
        {
            throw new UsageException($"kernels: {path} cannot be loaded: {e.Message}", e);
        }
    }

    /// <summary>Puts its kernels in a backend.</summary>
    /// <exception cref="UsageException">It registers nothing, and has no operators either.</exception>
    public void Register(Backend backend)
    {
        int before = backend.KernelsInUse;
        foreach (IKernelPlugin plugin in _kernels) plugin.Register(backend);
        if (backend.KernelsInUse == before && !HasOperators) throw new UsageException($"kernels: {_file} registers nothing for {backend.Name}");
    }

    private static T[] Make<T>(Type[] types) where T : class =>
        [.. types.Where(t => t.IsAssignableTo(typeof(T))).Select(t => (T)Activator.CreateInstance(t)!)];

    /// <summary>Contract assemblies are the host's own, or the plug-in's interfaces would be others of the same name; all else comes from the plug-in's folder.</summary>
    private sealed class Context(string file) : AssemblyLoadContext(Path.GetFileNameWithoutExtension(file))
    {
        private readonly AssemblyDependencyResolver _resolver = new(file);

        protected override Assembly? Load(AssemblyName name) =>
            name.Name?.StartsWith("Pure.Tuner.", StringComparison.Ordinal) == true && IsHosts(name.Name) ? null
            : _resolver.ResolveAssemblyToPath(name) is { } path ? LoadFromAssemblyPath(path) : null;

        private static bool IsHosts(string name) => name is "Pure.Tuner.Tensors" or "Pure.Tuner.Backends" or "Pure.Tuner.Autograd" or "Pure.Tuner.Models" or "Pure.Tuner.Train";
    }
}
