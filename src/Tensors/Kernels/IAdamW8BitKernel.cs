namespace Pure.Tuner.Kernels;

/// <summary>The AdamW step of <see cref="IAdamWKernel"/> with moments in blocks of 8-bit codes: widened, moved, used unrounded, rounded again.</summary>
public interface IAdamW8BitKernel
{
    /// <summary>p of any float dtype; g F32; states U8, as many as p; absmaxes F32, one for each block of 256. All contiguous.</summary>
    void Step(in AdamWSpec spec, Tensor p, Tensor g, Tensor state1, Tensor absmax1, Tensor state2, Tensor absmax2);
}
