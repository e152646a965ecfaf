using Pure.Tuner.Kernels;

namespace Pure.Tuner;

/// <summary>Adapters added to the weights they sit on: computed in F32, rounded once to the weight's dtype.</summary>
internal static class Merging
{
    internal static void Into(Parameter weight, ILinearAdapter adapter)
    {
        switch (adapter)
        {
            case LoraAdapter lora:
                Add(weight, lora.Delta);
                break;
            case DoraAdapter dora:
                using (var scope = TensorScope.Begin())
                {
                    Tensor sum = weight.Value.Detach().To(DType.F32) + dora.Lora.Delta();
                    Tensor ratio = dora.Magnitude.Value.Detach().To(DType.F32) / dora.Norm(weight);
                    weight.Value.Backend.Copy(sum * ratio.Reshape([weight.Shape[0], 1]), weight.Value);
                }
                break;
            default:
                throw new NotSupportedException($"merge: {adapter.GetType().Name} cannot be merged into {weight.Name}");
        }
    }

    internal static void Add(Parameter weight, Func<Tensor> delta)
    {
        using var scope = TensorScope.Begin();
        Tensor sum = weight.Value.Detach().To(DType.F32) + delta();
        weight.Value.Backend.Copy(sum, weight.Value);
    }

    internal static void ReplaceRows(Parameter weight, Parameter rows, int[] ids)
    {
        using var scope = TensorScope.Begin();
        Backend backend = weight.Value.Backend;
        for (int i = 0; i < ids.Length; i++)
            backend.Copy(rows.Value.Detach().Slice(0, i, 1), weight.Value.Detach().Slice(0, ids[i], 1));
    }
}
