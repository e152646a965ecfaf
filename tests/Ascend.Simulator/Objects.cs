namespace Pure.Tuner.Ascend.Simulator;

/// <summary>An aclScalar, widened.</summary>
internal sealed record SimScalar(AclType Type, double Value);

/// <summary>An aclIntArray.</summary>
internal sealed record SimIntArray(long[] Values);

/// <summary>An aclTensorList: handles of its tensors, which it owns.</summary>
internal sealed record SimTensorList(nint[] Elements);

/// <summary>An aclScalarList: handles of its scalars, which it owns.</summary>
internal sealed record SimScalarList(nint[] Elements);
