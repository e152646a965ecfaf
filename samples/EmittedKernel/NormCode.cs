using System.Runtime.InteropServices;
using Pure.Tuner.Kernels;

namespace EmittedKernel;

/// <summary>y = x · rsqrt(mean(x²) + eps) · weight for a row, as machine code: the row is read twice and nothing but y is written.</summary>
internal static class NormCode
{
    /// <param name="bits">256 for AVX2, 512 for AVX-512.</param>
    /// <param name="convention">How the function is called.</param>
    public static CodeWriter Emit(int bits, CallConvention convention)
    {
        int bytes = bits / 8;
        var code = new CodeWriter();
        // xmm0 to xmm5 may be changed in both conventions, and so may these general registers.
        const Gpr Call = Gpr.Rax, X = Gpr.Rcx, Weight = Gpr.Rdx, Y = Gpr.R8, Left = Gpr.R9, Step = Gpr.R10;
        VectorRegister sum = new(0, bits), a = new(1, bits), r = new(2, bits), one = new(3, bits);
        Label squares = new(), scale = new();

        code.Mov(Call, convention.Argument);
        code.Mov(Step, bytes);

        // sum = Σ x²
        Clear(code, sum);
        code.Mov(X, Field(nameof(NormCall.X)));
        code.Mov(Left, Field(nameof(NormCall.Registers)));
        code.Put(squares);
        code.VMovUps(a, new Address(X));
        code.VFmAdd231Ps(sum, a, a);
        code.Add(X, Step);
        code.Sub(Left, 1);
        code.Jnz(squares);

        // r = the sum of the lanes, in every lane
        code.VMovUps(Field(nameof(NormCall.Lanes)), sum);
        Clear(code, r);
        for (int lane = 0; lane < bits / 32; lane++)
        {
            code.VPBroadcastD(a, Field(nameof(NormCall.Lanes), lane * 4));
            code.VAddPs(r, r, a);
        }

        // r = 1 / √(r / d + eps)
        code.VPBroadcastD(a, Field(nameof(NormCall.InverseWidth)));
        code.VMulPs(r, r, a);
        code.VPBroadcastD(a, Field(nameof(NormCall.Epsilon)));
        code.VAddPs(r, r, a);
        code.VSqrtPs(r, r);
        code.VPBroadcastD(one, Field(nameof(NormCall.One)));
        code.VDivPs(r, one, r);
        code.VMovUps(Field(nameof(NormCall.Lanes)), r);

        // y = x · r · weight
        code.Mov(X, Field(nameof(NormCall.X)));
        code.Mov(Weight, Field(nameof(NormCall.Weight)));
        code.Mov(Y, Field(nameof(NormCall.Y)));
        code.Mov(Left, Field(nameof(NormCall.Registers)));
        code.Put(scale);
        code.VMovUps(a, new Address(X));
        code.VMulPs(a, a, r);
        code.VMulPs(a, a, new Address(Weight));
        code.VMovUps(new Address(Y), a);
        code.Add(X, Step);
        code.Add(Weight, Step);
        code.Add(Y, Step);
        code.Sub(Left, 1);
        code.Jnz(scale);

        code.VZeroUpper();
        code.Ret();
        return code;

        Address Field(string name, int more = 0) => new(Call, (int)Marshal.OffsetOf<NormCall>(name) + more);
    }

    private static void Clear(CodeWriter code, VectorRegister register)
    {
        if (register.Bits == 512) code.VPXorD(register, register, register);
        else code.VXorPs(register, register, register);
    }
}
