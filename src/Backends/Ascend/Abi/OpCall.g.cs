// Written by tools/AscendAbi from its abi.tsv. Changes belong there.
#nullable enable
#pragma warning disable CS1591, IDE1006 // the names are the library's own

namespace Pure.Tuner.Ascend;

internal sealed unsafe partial class OpCall
{
    public void aclnnMatmul(OpArgument self, OpArgument mat2, OpArgument @out, sbyte cubeMathType)
    {
        Taken([self, mat2, @out]);
        Value(cubeMathType);
        Launch("Matmul", _acl.aclnnMatmulGetWorkspaceSize, &PlanMatmul, _acl.aclnnMatmul);
    }

    private static int PlanMatmul(Acl acl, OpArguments a) => acl.aclnnMatmulGetWorkspaceSize(a[0], a[1], a[2], (sbyte)a.Integer(3), a.Size, a.Executor);

    public void aclnnAdd(OpArgument self, OpArgument other, OpArgument alpha, OpArgument @out)
    {
        Taken([self, other, alpha, @out]);
        Launch("Add", _acl.aclnnAddGetWorkspaceSize, &PlanAdd, _acl.aclnnAdd);
    }

    private static int PlanAdd(Acl acl, OpArguments a) => acl.aclnnAddGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnAdds(OpArgument self, OpArgument other, OpArgument alpha, OpArgument @out)
    {
        Taken([self, other, alpha, @out]);
        Launch("Adds", _acl.aclnnAddsGetWorkspaceSize, &PlanAdds, _acl.aclnnAdds);
    }

    private static int PlanAdds(Acl acl, OpArguments a) => acl.aclnnAddsGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnInplaceAdd(OpArgument selfRef, OpArgument other, OpArgument alpha)
    {
        Taken([selfRef, other, alpha]);
        Launch("InplaceAdd", _acl.aclnnInplaceAddGetWorkspaceSize, &PlanInplaceAdd, _acl.aclnnInplaceAdd);
    }

    private static int PlanInplaceAdd(Acl acl, OpArguments a) => acl.aclnnInplaceAddGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnSub(OpArgument self, OpArgument other, OpArgument alpha, OpArgument @out)
    {
        Taken([self, other, alpha, @out]);
        Launch("Sub", _acl.aclnnSubGetWorkspaceSize, &PlanSub, _acl.aclnnSub);
    }

    private static int PlanSub(Acl acl, OpArguments a) => acl.aclnnSubGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnSubs(OpArgument self, OpArgument other, OpArgument alpha, OpArgument @out)
    {
        Taken([self, other, alpha, @out]);
        Launch("Subs", _acl.aclnnSubsGetWorkspaceSize, &PlanSubs, _acl.aclnnSubs);
    }

    private static int PlanSubs(Acl acl, OpArguments a) => acl.aclnnSubsGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnMul(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Mul", _acl.aclnnMulGetWorkspaceSize, &PlanMul, _acl.aclnnMul);
    }

    private static int PlanMul(Acl acl, OpArguments a) => acl.aclnnMulGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnMuls(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Muls", _acl.aclnnMulsGetWorkspaceSize, &PlanMuls, _acl.aclnnMuls);
    }

    private static int PlanMuls(Acl acl, OpArguments a) => acl.aclnnMulsGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnInplaceMuls(OpArgument selfRef, OpArgument other)
    {
        Taken([selfRef, other]);
        Launch("InplaceMuls", _acl.aclnnInplaceMulsGetWorkspaceSize, &PlanInplaceMuls, _acl.aclnnInplaceMuls);
    }

    private static int PlanInplaceMuls(Acl acl, OpArguments a) => acl.aclnnInplaceMulsGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnDiv(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Div", _acl.aclnnDivGetWorkspaceSize, &PlanDiv, _acl.aclnnDiv);
    }

    private static int PlanDiv(Acl acl, OpArguments a) => acl.aclnnDivGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnDivs(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Divs", _acl.aclnnDivsGetWorkspaceSize, &PlanDivs, _acl.aclnnDivs);
    }

    private static int PlanDivs(Acl acl, OpArguments a) => acl.aclnnDivsGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnNeg(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Neg", _acl.aclnnNegGetWorkspaceSize, &PlanNeg, _acl.aclnnNeg);
    }

    private static int PlanNeg(Acl acl, OpArguments a) => acl.aclnnNegGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnAbs(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Abs", _acl.aclnnAbsGetWorkspaceSize, &PlanAbs, _acl.aclnnAbs);
    }

    private static int PlanAbs(Acl acl, OpArguments a) => acl.aclnnAbsGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnExp(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Exp", _acl.aclnnExpGetWorkspaceSize, &PlanExp, _acl.aclnnExp);
    }

    private static int PlanExp(Acl acl, OpArguments a) => acl.aclnnExpGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnLog(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Log", _acl.aclnnLogGetWorkspaceSize, &PlanLog, _acl.aclnnLog);
    }

    private static int PlanLog(Acl acl, OpArguments a) => acl.aclnnLogGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnSqrt(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Sqrt", _acl.aclnnSqrtGetWorkspaceSize, &PlanSqrt, _acl.aclnnSqrt);
    }

    private static int PlanSqrt(Acl acl, OpArguments a) => acl.aclnnSqrtGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnRsqrt(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Rsqrt", _acl.aclnnRsqrtGetWorkspaceSize, &PlanRsqrt, _acl.aclnnRsqrt);
    }

    private static int PlanRsqrt(Acl acl, OpArguments a) => acl.aclnnRsqrtGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnReciprocal(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Reciprocal", _acl.aclnnReciprocalGetWorkspaceSize, &PlanReciprocal, _acl.aclnnReciprocal);
    }

    private static int PlanReciprocal(Acl acl, OpArguments a) => acl.aclnnReciprocalGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnPowTensorScalar(OpArgument self, OpArgument exponent, OpArgument @out)
    {
        Taken([self, exponent, @out]);
        Launch("PowTensorScalar", _acl.aclnnPowTensorScalarGetWorkspaceSize, &PlanPowTensorScalar, _acl.aclnnPowTensorScalar);
    }

    private static int PlanPowTensorScalar(Acl acl, OpArguments a) => acl.aclnnPowTensorScalarGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnPowTensorTensor(OpArgument self, OpArgument exponent, OpArgument @out)
    {
        Taken([self, exponent, @out]);
        Launch("PowTensorTensor", _acl.aclnnPowTensorTensorGetWorkspaceSize, &PlanPowTensorTensor, _acl.aclnnPowTensorTensor);
    }

    private static int PlanPowTensorTensor(Acl acl, OpArguments a) => acl.aclnnPowTensorTensorGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnSin(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Sin", _acl.aclnnSinGetWorkspaceSize, &PlanSin, _acl.aclnnSin);
    }

    private static int PlanSin(Acl acl, OpArguments a) => acl.aclnnSinGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnCos(OpArgument input, OpArgument @out)
    {
        Taken([input, @out]);
        Launch("Cos", _acl.aclnnCosGetWorkspaceSize, &PlanCos, _acl.aclnnCos);
    }

    private static int PlanCos(Acl acl, OpArguments a) => acl.aclnnCosGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnTanh(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Tanh", _acl.aclnnTanhGetWorkspaceSize, &PlanTanh, _acl.aclnnTanh);
    }

    private static int PlanTanh(Acl acl, OpArguments a) => acl.aclnnTanhGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnSigmoid(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Sigmoid", _acl.aclnnSigmoidGetWorkspaceSize, &PlanSigmoid, _acl.aclnnSigmoid);
    }

    private static int PlanSigmoid(Acl acl, OpArguments a) => acl.aclnnSigmoidGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnSilu(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Silu", _acl.aclnnSiluGetWorkspaceSize, &PlanSilu, _acl.aclnnSilu);
    }

    private static int PlanSilu(Acl acl, OpArguments a) => acl.aclnnSiluGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnSiluBackward(OpArgument gradOutput, OpArgument self, OpArgument gradInput)
    {
        Taken([gradOutput, self, gradInput]);
        Launch("SiluBackward", _acl.aclnnSiluBackwardGetWorkspaceSize, &PlanSiluBackward, _acl.aclnnSiluBackward);
    }

    private static int PlanSiluBackward(Acl acl, OpArguments a) => acl.aclnnSiluBackwardGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnSwiGlu(OpArgument x, long dim, OpArgument @out)
    {
        Taken([x, @out]);
        Value(dim);
        Launch("SwiGlu", _acl.aclnnSwiGluGetWorkspaceSize, &PlanSwiGlu, _acl.aclnnSwiGlu);
    }

    private static int PlanSwiGlu(Acl acl, OpArguments a) => acl.aclnnSwiGluGetWorkspaceSize(a[0], a.Integer(2), a[1], a.Size, a.Executor);

    public void aclnnSwiGluGrad(OpArgument yGrad, OpArgument x, long dim, OpArgument @out)
    {
        Taken([yGrad, x, @out]);
        Value(dim);
        Launch("SwiGluGrad", _acl.aclnnSwiGluGradGetWorkspaceSize, &PlanSwiGluGrad, _acl.aclnnSwiGluGrad);
    }

    private static int PlanSwiGluGrad(Acl acl, OpArguments a) => acl.aclnnSwiGluGradGetWorkspaceSize(a[0], a[1], a.Integer(3), a[2], a.Size, a.Executor);

    public void aclnnErf(OpArgument self, OpArgument @out)
    {
        Taken([self, @out]);
        Launch("Erf", _acl.aclnnErfGetWorkspaceSize, &PlanErf, _acl.aclnnErf);
    }

    private static int PlanErf(Acl acl, OpArguments a) => acl.aclnnErfGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnInplaceAddcmul(OpArgument selfRef, OpArgument tensor1, OpArgument tensor2, OpArgument value)
    {
        Taken([selfRef, tensor1, tensor2, value]);
        Launch("InplaceAddcmul", _acl.aclnnInplaceAddcmulGetWorkspaceSize, &PlanInplaceAddcmul, _acl.aclnnInplaceAddcmul);
    }

    private static int PlanInplaceAddcmul(Acl acl, OpArguments a) => acl.aclnnInplaceAddcmulGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnInplaceAddcdiv(OpArgument selfRef, OpArgument tensor1, OpArgument tensor2, OpArgument value)
    {
        Taken([selfRef, tensor1, tensor2, value]);
        Launch("InplaceAddcdiv", _acl.aclnnInplaceAddcdivGetWorkspaceSize, &PlanInplaceAddcdiv, _acl.aclnnInplaceAddcdiv);
    }

    private static int PlanInplaceAddcdiv(Acl acl, OpArguments a) => acl.aclnnInplaceAddcdivGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnLerps(OpArgument self, OpArgument end, OpArgument weight, OpArgument @out)
    {
        Taken([self, end, weight, @out]);
        Launch("Lerps", _acl.aclnnLerpsGetWorkspaceSize, &PlanLerps, _acl.aclnnLerps);
    }

    private static int PlanLerps(Acl acl, OpArguments a) => acl.aclnnLerpsGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnClampMin(OpArgument self, OpArgument clipValueMin, OpArgument @out)
    {
        Taken([self, clipValueMin, @out]);
        Launch("ClampMin", _acl.aclnnClampMinGetWorkspaceSize, &PlanClampMin, _acl.aclnnClampMin);
    }

    private static int PlanClampMin(Acl acl, OpArguments a) => acl.aclnnClampMinGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnClampMax(OpArgument self, OpArgument clipValueMax, OpArgument @out)
    {
        Taken([self, clipValueMax, @out]);
        Launch("ClampMax", _acl.aclnnClampMaxGetWorkspaceSize, &PlanClampMax, _acl.aclnnClampMax);
    }

    private static int PlanClampMax(Acl acl, OpArguments a) => acl.aclnnClampMaxGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnMaximum(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Maximum", _acl.aclnnMaximumGetWorkspaceSize, &PlanMaximum, _acl.aclnnMaximum);
    }

    private static int PlanMaximum(Acl acl, OpArguments a) => acl.aclnnMaximumGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnMinimum(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("Minimum", _acl.aclnnMinimumGetWorkspaceSize, &PlanMinimum, _acl.aclnnMinimum);
    }

    private static int PlanMinimum(Acl acl, OpArguments a) => acl.aclnnMinimumGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnSign(OpArgument self, OpArgument result)
    {
        Taken([self, result]);
        Launch("Sign", _acl.aclnnSignGetWorkspaceSize, &PlanSign, _acl.aclnnSign);
    }

    private static int PlanSign(Acl acl, OpArguments a) => acl.aclnnSignGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnSoftmax(OpArgument self, long dim, OpArgument @out)
    {
        Taken([self, @out]);
        Value(dim);
        Launch("Softmax", _acl.aclnnSoftmaxGetWorkspaceSize, &PlanSoftmax, _acl.aclnnSoftmax);
    }

    private static int PlanSoftmax(Acl acl, OpArguments a) => acl.aclnnSoftmaxGetWorkspaceSize(a[0], a.Integer(2), a[1], a.Size, a.Executor);

    public void aclnnSoftmaxBackward(OpArgument gradOutput, OpArgument output, long dim, OpArgument @out)
    {
        Taken([gradOutput, output, @out]);
        Value(dim);
        Launch("SoftmaxBackward", _acl.aclnnSoftmaxBackwardGetWorkspaceSize, &PlanSoftmaxBackward, _acl.aclnnSoftmaxBackward);
    }

    private static int PlanSoftmaxBackward(Acl acl, OpArguments a) => acl.aclnnSoftmaxBackwardGetWorkspaceSize(a[0], a[1], a.Integer(3), a[2], a.Size, a.Executor);

    public void aclnnLogSoftmax(OpArgument self, long dim, OpArgument @out)
    {
        Taken([self, @out]);
        Value(dim);
        Launch("LogSoftmax", _acl.aclnnLogSoftmaxGetWorkspaceSize, &PlanLogSoftmax, _acl.aclnnLogSoftmax);
    }

    private static int PlanLogSoftmax(Acl acl, OpArguments a) => acl.aclnnLogSoftmaxGetWorkspaceSize(a[0], a.Integer(2), a[1], a.Size, a.Executor);

    public void aclnnRmsNorm(OpArgument x, OpArgument gamma, double epsilon, OpArgument yOut, OpArgument rstdOut)
    {
        Taken([x, gamma, yOut, rstdOut]);
        Value(epsilon);
        Launch("RmsNorm", _acl.aclnnRmsNormGetWorkspaceSize, &PlanRmsNorm, _acl.aclnnRmsNorm);
    }

    private static int PlanRmsNorm(Acl acl, OpArguments a) => acl.aclnnRmsNormGetWorkspaceSize(a[0], a[1], a.Number(4), a[2], a[3], a.Size, a.Executor);

    public void aclnnRmsNormGrad(OpArgument dy, OpArgument x, OpArgument rstd, OpArgument gamma, OpArgument dxOut, OpArgument dgammaOut)
    {
        Taken([dy, x, rstd, gamma, dxOut, dgammaOut]);
        Launch("RmsNormGrad", _acl.aclnnRmsNormGradGetWorkspaceSize, &PlanRmsNormGrad, _acl.aclnnRmsNormGrad);
    }

    private static int PlanRmsNormGrad(Acl acl, OpArguments a) => acl.aclnnRmsNormGradGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a.Size, a.Executor);

    public void aclnnAddRmsNorm(OpArgument x1, OpArgument x2, OpArgument gamma, double epsilon, OpArgument yOut, OpArgument rstdOut, OpArgument xOut)
    {
        Taken([x1, x2, gamma, yOut, rstdOut, xOut]);
        Value(epsilon);
        Launch("AddRmsNorm", _acl.aclnnAddRmsNormGetWorkspaceSize, &PlanAddRmsNorm, _acl.aclnnAddRmsNorm);
    }

    private static int PlanAddRmsNorm(Acl acl, OpArguments a) => acl.aclnnAddRmsNormGetWorkspaceSize(a[0], a[1], a[2], a.Number(6), a[3], a[4], a[5], a.Size, a.Executor);

    public void aclnnRotaryPositionEmbedding(OpArgument x, OpArgument cos, OpArgument sin, long mode, OpArgument @out)
    {
        Taken([x, cos, sin, @out]);
        Value(mode);
        Launch("RotaryPositionEmbedding", _acl.aclnnRotaryPositionEmbeddingGetWorkspaceSize, &PlanRotaryPositionEmbedding, _acl.aclnnRotaryPositionEmbedding);
    }

    private static int PlanRotaryPositionEmbedding(Acl acl, OpArguments a) => acl.aclnnRotaryPositionEmbeddingGetWorkspaceSize(a[0], a[1], a[2], a.Integer(4), a[3], a.Size, a.Executor);

    public void aclnnFlashAttentionScore(OpArgument query, OpArgument key, OpArgument value, OpArgument realShiftOptional, OpArgument dropMaskOptional, OpArgument paddingMaskOptional, OpArgument attenMaskOptional, OpArgument prefixOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, OpArgument softmaxMaxOut, OpArgument softmaxSumOut, OpArgument softmaxOutOut, OpArgument attentionOutOut)
    {
        Taken([query, key, value, realShiftOptional, dropMaskOptional, paddingMaskOptional, attenMaskOptional, prefixOptional, softmaxMaxOut, softmaxSumOut, softmaxOutOut, attentionOutOut]);
        Value(scaleValue);
        Value(keepProb);
        Value(preTokens);
        Value(nextTokens);
        Value(headNum);
        Value((long)inputLayout);
        Value(innerPrecise);
        Value(sparseMode);
        Launch("FlashAttentionScore", _acl.aclnnFlashAttentionScoreGetWorkspaceSize, &PlanFlashAttentionScore, _acl.aclnnFlashAttentionScore);
    }

    private static int PlanFlashAttentionScore(Acl acl, OpArguments a) => acl.aclnnFlashAttentionScoreGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a.Number(12), a.Number(13), a.Integer(14), a.Integer(15), a.Integer(16), (byte*)a.Integer(17), a.Integer(18), a.Integer(19), a[8], a[9], a[10], a[11], a.Size, a.Executor);

    public void aclnnFlashAttentionVarLenScore(OpArgument query, OpArgument key, OpArgument value, OpArgument realShiftOptional, OpArgument dropMaskOptional, OpArgument paddingMaskOptional, OpArgument attenMaskOptional, OpArgument prefixOptional, OpArgument actualSeqQLenOptional, OpArgument actualSeqKvLenOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, OpArgument softmaxMaxOut, OpArgument softmaxSumOut, OpArgument softmaxOutOut, OpArgument attentionOutOut)
    {
        Taken([query, key, value, realShiftOptional, dropMaskOptional, paddingMaskOptional, attenMaskOptional, prefixOptional, actualSeqQLenOptional, actualSeqKvLenOptional, softmaxMaxOut, softmaxSumOut, softmaxOutOut, attentionOutOut]);
        Value(scaleValue);
        Value(keepProb);
        Value(preTokens);
        Value(nextTokens);
        Value(headNum);
        Value((long)inputLayout);
        Value(innerPrecise);
        Value(sparseMode);
        Launch("FlashAttentionVarLenScore", _acl.aclnnFlashAttentionVarLenScoreGetWorkspaceSize, &PlanFlashAttentionVarLenScore, _acl.aclnnFlashAttentionVarLenScore);
    }

    private static int PlanFlashAttentionVarLenScore(Acl acl, OpArguments a) => acl.aclnnFlashAttentionVarLenScoreGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a.Number(14), a.Number(15), a.Integer(16), a.Integer(17), a.Integer(18), (byte*)a.Integer(19), a.Integer(20), a.Integer(21), a[10], a[11], a[12], a[13], a.Size, a.Executor);

    public void aclnnFlashAttentionScoreGrad(OpArgument query, OpArgument keyIn, OpArgument value, OpArgument dy, OpArgument pseShiftOptional, OpArgument dropMaskOptional, OpArgument paddingMaskOptional, OpArgument attenMaskOptional, OpArgument softmaxMaxOptional, OpArgument softmaxSumOptional, OpArgument softmaxInOptional, OpArgument attentionInOptional, OpArgument prefixOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, OpArgument dqOut, OpArgument dkOut, OpArgument dvOut, OpArgument dpseOut)
    {
        Taken([query, keyIn, value, dy, pseShiftOptional, dropMaskOptional, paddingMaskOptional, attenMaskOptional, softmaxMaxOptional, softmaxSumOptional, softmaxInOptional, attentionInOptional, prefixOptional, dqOut, dkOut, dvOut, dpseOut]);
        Value(scaleValue);
        Value(keepProb);
        Value(preTokens);
        Value(nextTokens);
        Value(headNum);
        Value((long)inputLayout);
        Value(innerPrecise);
        Value(sparseMode);
        Launch("FlashAttentionScoreGrad", _acl.aclnnFlashAttentionScoreGradGetWorkspaceSize, &PlanFlashAttentionScoreGrad, _acl.aclnnFlashAttentionScoreGrad);
    }

    private static int PlanFlashAttentionScoreGrad(Acl acl, OpArguments a) => acl.aclnnFlashAttentionScoreGradGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a.Number(17), a.Number(18), a.Integer(19), a.Integer(20), a.Integer(21), (byte*)a.Integer(22), a.Integer(23), a.Integer(24), a[13], a[14], a[15], a[16], a.Size, a.Executor);

    public void aclnnFlashAttentionUnpaddingScoreGrad(OpArgument query, OpArgument keyIn, OpArgument value, OpArgument dy, OpArgument pseShiftOptional, OpArgument dropMaskOptional, OpArgument paddingMaskOptional, OpArgument attenMaskOptional, OpArgument softmaxMaxOptional, OpArgument softmaxSumOptional, OpArgument softmaxInOptional, OpArgument attentionInOptional, OpArgument prefixOptional, OpArgument actualSeqQLenOptional, OpArgument actualSeqKvLenOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, OpArgument dqOut, OpArgument dkOut, OpArgument dvOut, OpArgument dpseOut)
    {
        Taken([query, keyIn, value, dy, pseShiftOptional, dropMaskOptional, paddingMaskOptional, attenMaskOptional, softmaxMaxOptional, softmaxSumOptional, softmaxInOptional, attentionInOptional, prefixOptional, actualSeqQLenOptional, actualSeqKvLenOptional, dqOut, dkOut, dvOut, dpseOut]);
        Value(scaleValue);
        Value(keepProb);
        Value(preTokens);
        Value(nextTokens);
        Value(headNum);
        Value((long)inputLayout);
        Value(innerPrecise);
        Value(sparseMode);
        Launch("FlashAttentionUnpaddingScoreGrad", _acl.aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize, &PlanFlashAttentionUnpaddingScoreGrad, _acl.aclnnFlashAttentionUnpaddingScoreGrad);
    }

    private static int PlanFlashAttentionUnpaddingScoreGrad(Acl acl, OpArguments a) => acl.aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9], a[10], a[11], a[12], a[13], a[14], a.Number(19), a.Number(20), a.Integer(21), a.Integer(22), a.Integer(23), (byte*)a.Integer(24), a.Integer(25), a.Integer(26), a[15], a[16], a[17], a[18], a.Size, a.Executor);

    public void aclnnIndexSelect(OpArgument self, long dim, OpArgument index, OpArgument @out)
    {
        Taken([self, index, @out]);
        Value(dim);
        Launch("IndexSelect", _acl.aclnnIndexSelectGetWorkspaceSize, &PlanIndexSelect, _acl.aclnnIndexSelect);
    }

    private static int PlanIndexSelect(Acl acl, OpArguments a) => acl.aclnnIndexSelectGetWorkspaceSize(a[0], a.Integer(3), a[1], a[2], a.Size, a.Executor);

    public void aclnnIndexAdd(OpArgument self, long dim, OpArgument index, OpArgument source, OpArgument alpha, OpArgument @out)
    {
        Taken([self, index, source, alpha, @out]);
        Value(dim);
        Launch("IndexAdd", _acl.aclnnIndexAddGetWorkspaceSize, &PlanIndexAdd, _acl.aclnnIndexAdd);
    }

    private static int PlanIndexAdd(Acl acl, OpArguments a) => acl.aclnnIndexAddGetWorkspaceSize(a[0], a.Integer(5), a[1], a[2], a[3], a[4], a.Size, a.Executor);

    public void aclnnCast(OpArgument self, int dtype, OpArgument @out)
    {
        Taken([self, @out]);
        Value(dtype);
        Launch("Cast", _acl.aclnnCastGetWorkspaceSize, &PlanCast, _acl.aclnnCast);
    }

    private static int PlanCast(Acl acl, OpArguments a) => acl.aclnnCastGetWorkspaceSize(a[0], (int)a.Integer(2), a[1], a.Size, a.Executor);

    public void aclnnInplaceCopy(OpArgument selfRef, OpArgument src)
    {
        Taken([selfRef, src]);
        Launch("InplaceCopy", _acl.aclnnInplaceCopyGetWorkspaceSize, &PlanInplaceCopy, _acl.aclnnInplaceCopy);
    }

    private static int PlanInplaceCopy(Acl acl, OpArguments a) => acl.aclnnInplaceCopyGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnReduceSum(OpArgument self, OpArgument dims, byte keepDims, int dtype, OpArgument @out)
    {
        Taken([self, dims, @out]);
        Value(keepDims);
        Value(dtype);
        Launch("ReduceSum", _acl.aclnnReduceSumGetWorkspaceSize, &PlanReduceSum, _acl.aclnnReduceSum);
    }

    private static int PlanReduceSum(Acl acl, OpArguments a) => acl.aclnnReduceSumGetWorkspaceSize(a[0], a[1], (byte)a.Integer(3), (int)a.Integer(4), a[2], a.Size, a.Executor);

    public void aclnnAmax(OpArgument self, OpArgument dim, byte keepDim, OpArgument @out)
    {
        Taken([self, dim, @out]);
        Value(keepDim);
        Launch("Amax", _acl.aclnnAmaxGetWorkspaceSize, &PlanAmax, _acl.aclnnAmax);
    }

    private static int PlanAmax(Acl acl, OpArguments a) => acl.aclnnAmaxGetWorkspaceSize(a[0], a[1], (byte)a.Integer(3), a[2], a.Size, a.Executor);

    public void aclnnArgMax(OpArgument self, long dim, byte keepdim, OpArgument @out)
    {
        Taken([self, @out]);
        Value(dim);
        Value(keepdim);
        Launch("ArgMax", _acl.aclnnArgMaxGetWorkspaceSize, &PlanArgMax, _acl.aclnnArgMax);
    }

    private static int PlanArgMax(Acl acl, OpArguments a) => acl.aclnnArgMaxGetWorkspaceSize(a[0], a.Integer(2), (byte)a.Integer(3), a[1], a.Size, a.Executor);

    public void aclnnTopk(OpArgument self, long k, long dim, byte largest, byte sorted, OpArgument valuesOut, OpArgument indicesOut)
    {
        Taken([self, valuesOut, indicesOut]);
        Value(k);
        Value(dim);
        Value(largest);
        Value(sorted);
        Launch("Topk", _acl.aclnnTopkGetWorkspaceSize, &PlanTopk, _acl.aclnnTopk);
    }

    private static int PlanTopk(Acl acl, OpArguments a) => acl.aclnnTopkGetWorkspaceSize(a[0], a.Integer(3), a.Integer(4), (byte)a.Integer(5), (byte)a.Integer(6), a[1], a[2], a.Size, a.Executor);

    public void aclnnSWhere(OpArgument condition, OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([condition, self, other, @out]);
        Launch("SWhere", _acl.aclnnSWhereGetWorkspaceSize, &PlanSWhere, _acl.aclnnSWhere);
    }

    private static int PlanSWhere(Acl acl, OpArguments a) => acl.aclnnSWhereGetWorkspaceSize(a[0], a[1], a[2], a[3], a.Size, a.Executor);

    public void aclnnEqTensor(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("EqTensor", _acl.aclnnEqTensorGetWorkspaceSize, &PlanEqTensor, _acl.aclnnEqTensor);
    }

    private static int PlanEqTensor(Acl acl, OpArguments a) => acl.aclnnEqTensorGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnEqScalar(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("EqScalar", _acl.aclnnEqScalarGetWorkspaceSize, &PlanEqScalar, _acl.aclnnEqScalar);
    }

    private static int PlanEqScalar(Acl acl, OpArguments a) => acl.aclnnEqScalarGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnLtTensor(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("LtTensor", _acl.aclnnLtTensorGetWorkspaceSize, &PlanLtTensor, _acl.aclnnLtTensor);
    }

    private static int PlanLtTensor(Acl acl, OpArguments a) => acl.aclnnLtTensorGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnLtScalar(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("LtScalar", _acl.aclnnLtScalarGetWorkspaceSize, &PlanLtScalar, _acl.aclnnLtScalar);
    }

    private static int PlanLtScalar(Acl acl, OpArguments a) => acl.aclnnLtScalarGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnGtTensor(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("GtTensor", _acl.aclnnGtTensorGetWorkspaceSize, &PlanGtTensor, _acl.aclnnGtTensor);
    }

    private static int PlanGtTensor(Acl acl, OpArguments a) => acl.aclnnGtTensorGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnGtScalar(OpArgument self, OpArgument other, OpArgument @out)
    {
        Taken([self, other, @out]);
        Launch("GtScalar", _acl.aclnnGtScalarGetWorkspaceSize, &PlanGtScalar, _acl.aclnnGtScalar);
    }

    private static int PlanGtScalar(Acl acl, OpArguments a) => acl.aclnnGtScalarGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnNanToNum(OpArgument self, float nan, float posinf, float neginf, OpArgument @out)
    {
        Taken([self, @out]);
        Value(nan);
        Value(posinf);
        Value(neginf);
        Launch("NanToNum", _acl.aclnnNanToNumGetWorkspaceSize, &PlanNanToNum, _acl.aclnnNanToNum);
    }

    private static int PlanNanToNum(Acl acl, OpArguments a) => acl.aclnnNanToNumGetWorkspaceSize(a[0], (float)a.Number(2), (float)a.Number(3), (float)a.Number(4), a[1], a.Size, a.Executor);

    public void aclnnInplaceFillScalar(OpArgument selfRef, OpArgument value)
    {
        Taken([selfRef, value]);
        Launch("InplaceFillScalar", _acl.aclnnInplaceFillScalarGetWorkspaceSize, &PlanInplaceFillScalar, _acl.aclnnInplaceFillScalar);
    }

    private static int PlanInplaceFillScalar(Acl acl, OpArguments a) => acl.aclnnInplaceFillScalarGetWorkspaceSize(a[0], a[1], a.Size, a.Executor);

    public void aclnnInplaceZero(OpArgument selfRef)
    {
        Taken([selfRef]);
        Launch("InplaceZero", _acl.aclnnInplaceZeroGetWorkspaceSize, &PlanInplaceZero, _acl.aclnnInplaceZero);
    }

    private static int PlanInplaceZero(Acl acl, OpArguments a) => acl.aclnnInplaceZeroGetWorkspaceSize(a[0], a.Size, a.Executor);

    public void aclnnDropoutDoMask(OpArgument self, OpArgument mask, double prob, OpArgument @out)
    {
        Taken([self, mask, @out]);
        Value(prob);
        Launch("DropoutDoMask", _acl.aclnnDropoutDoMaskGetWorkspaceSize, &PlanDropoutDoMask, _acl.aclnnDropoutDoMask);
    }

    private static int PlanDropoutDoMask(Acl acl, OpArguments a) => acl.aclnnDropoutDoMaskGetWorkspaceSize(a[0], a[1], a.Number(3), a[2], a.Size, a.Executor);

    public void aclnnCrossEntropyLoss(OpArgument input, OpArgument target, OpArgument weightOptional, byte* reductionOptional, long ignoreIndex, double labelSmoothing, double lseSquareScaleForZloss, byte returnZloss, OpArgument lossOut, OpArgument logProbOut, OpArgument zlossOut, OpArgument lseForZlossOut)
    {
        Taken([input, target, weightOptional, lossOut, logProbOut, zlossOut, lseForZlossOut]);
        Value((long)reductionOptional);
        Value(ignoreIndex);
        Value(labelSmoothing);
        Value(lseSquareScaleForZloss);
        Value(returnZloss);
        Launch("CrossEntropyLoss", _acl.aclnnCrossEntropyLossGetWorkspaceSize, &PlanCrossEntropyLoss, _acl.aclnnCrossEntropyLoss);
    }

    private static int PlanCrossEntropyLoss(Acl acl, OpArguments a) => acl.aclnnCrossEntropyLossGetWorkspaceSize(a[0], a[1], a[2], (byte*)a.Integer(7), a.Integer(8), a.Number(9), a.Number(10), (byte)a.Integer(11), a[3], a[4], a[5], a[6], a.Size, a.Executor);

    public void aclnnCrossEntropyLossGrad(OpArgument gradLoss, OpArgument logProb, OpArgument target, OpArgument weightOptional, OpArgument gradZlossOptional, OpArgument lseForZlossOptional, byte* reductionOptional, long ignoreIndex, double labelSmoothing, double lseSquareScaleForZloss, OpArgument @out)
    {
        Taken([gradLoss, logProb, target, weightOptional, gradZlossOptional, lseForZlossOptional, @out]);
        Value((long)reductionOptional);
        Value(ignoreIndex);
        Value(labelSmoothing);
        Value(lseSquareScaleForZloss);
        Launch("CrossEntropyLossGrad", _acl.aclnnCrossEntropyLossGradGetWorkspaceSize, &PlanCrossEntropyLossGrad, _acl.aclnnCrossEntropyLossGrad);
    }

    private static int PlanCrossEntropyLossGrad(Acl acl, OpArguments a) => acl.aclnnCrossEntropyLossGradGetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], (byte*)a.Integer(7), a.Integer(8), a.Number(9), a.Number(10), a[6], a.Size, a.Executor);

    public void aclnnApplyAdamWV2(OpArgument varRef, OpArgument mRef, OpArgument vRef, OpArgument maxGradNormOptionalRef, OpArgument grad, OpArgument step, float lr, float beta1, float beta2, float weightDecay, float eps, byte amsgrad, byte maximize)
    {
        Taken([varRef, mRef, vRef, maxGradNormOptionalRef, grad, step]);
        Value(lr);
        Value(beta1);
        Value(beta2);
        Value(weightDecay);
        Value(eps);
        Value(amsgrad);
        Value(maximize);
        Launch("ApplyAdamWV2", _acl.aclnnApplyAdamWV2GetWorkspaceSize, &PlanApplyAdamWV2, _acl.aclnnApplyAdamWV2);
    }

    private static int PlanApplyAdamWV2(Acl acl, OpArguments a) => acl.aclnnApplyAdamWV2GetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], (float)a.Number(6), (float)a.Number(7), (float)a.Number(8), (float)a.Number(9), (float)a.Number(10), (byte)a.Integer(11), (byte)a.Integer(12), a.Size, a.Executor);

    public void aclnnForeachNorm(OpArgument x, OpArgument scalar, OpArgument @out)
    {
        Taken([x, scalar, @out]);
        Launch("ForeachNorm", _acl.aclnnForeachNormGetWorkspaceSize, &PlanForeachNorm, _acl.aclnnForeachNorm);
    }

    private static int PlanForeachNorm(Acl acl, OpArguments a) => acl.aclnnForeachNormGetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnForeachMulScalarV2(OpArgument x, OpArgument scalar, OpArgument @out)
    {
        Taken([x, scalar, @out]);
        Launch("ForeachMulScalarV2", _acl.aclnnForeachMulScalarV2GetWorkspaceSize, &PlanForeachMulScalarV2, _acl.aclnnForeachMulScalarV2);
    }

    private static int PlanForeachMulScalarV2(Acl acl, OpArguments a) => acl.aclnnForeachMulScalarV2GetWorkspaceSize(a[0], a[1], a[2], a.Size, a.Executor);

    public void aclnnWeightQuantBatchMatmulV2(OpArgument x, OpArgument weight, OpArgument antiquantScale, OpArgument antiquantOffsetOptional, OpArgument quantScaleOptional, OpArgument quantOffsetOptional, OpArgument biasOptional, int antiquantGroupSize, OpArgument y)
    {
        Taken([x, weight, antiquantScale, antiquantOffsetOptional, quantScaleOptional, quantOffsetOptional, biasOptional, y]);
        Value(antiquantGroupSize);
        Launch("WeightQuantBatchMatmulV2", _acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize, &PlanWeightQuantBatchMatmulV2, _acl.aclnnWeightQuantBatchMatmulV2);
    }

    private static int PlanWeightQuantBatchMatmulV2(Acl acl, OpArguments a) => acl.aclnnWeightQuantBatchMatmulV2GetWorkspaceSize(a[0], a[1], a[2], a[3], a[4], a[5], a[6], (int)a.Integer(8), a[7], a.Size, a.Executor);
}
