namespace Pure.Tuner.Kernels;

/// <summary>The entry of a researcher's assembly: it puts its kernels in the place of a backend's.</summary>
/// <remarks>A public class with a constructor without parameters. Loaded by <c>--kernels my.dll</c> against the host's own contract assemblies.</remarks>
public interface IKernelPlugin
{
    /// <summary>Calls <see cref="Backend.Use"/> for every kernel that the backend is to have.</summary>
    void Register(Backend backend);
}
