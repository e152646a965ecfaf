// Written by tools/AscendAbi from its abi.tsv. Changes belong there.
#nullable enable
#pragma warning disable CS1591, IDE1006 // the names are the library's own

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pure.Tuner.Ascend.Simulator;

public static unsafe partial class Exports
{
    [UnmanagedCallersOnly(EntryPoint = "aclInit", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclInit(byte* configPath)
    {
        try { return Runtime.aclInit(configPath); }
        catch (Exception e) { return Guard.Failed("aclInit", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclFinalize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclFinalize()
    {
        try { return Runtime.aclFinalize(); }
        catch (Exception e) { return Guard.Failed("aclFinalize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetVersion", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetVersion(int* majorVersion, int* minorVersion, int* patchVersion)
    {
        try { return Runtime.aclrtGetVersion(majorVersion, minorVersion, patchVersion); }
        catch (Exception e) { return Guard.Failed("aclrtGetVersion", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclGetRecentErrMsg", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* aclGetRecentErrMsg()
    {
        try { return Runtime.aclGetRecentErrMsg(); }
        catch (Exception e) { return (byte*)(Guard.Failed("aclGetRecentErrMsg", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclsysGetCANNVersion", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclsysGetCANNVersion(int name, nint version)
    {
        try { return Runtime.aclsysGetCANNVersion(name, version); }
        catch (Exception e) { return Guard.Failed("aclsysGetCANNVersion", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtPeekAtLastError", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtPeekAtLastError(int level)
    {
        try { return Runtime.aclrtPeekAtLastError(level); }
        catch (Exception e) { return Guard.Failed("aclrtPeekAtLastError", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetLastError", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetLastError(int level)
    {
        try { return Runtime.aclrtGetLastError(level); }
        catch (Exception e) { return Guard.Failed("aclrtGetLastError", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateContext", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateContext(nint* context, int deviceId)
    {
        try { return Runtime.aclrtCreateContext(context, deviceId); }
        catch (Exception e) { return Guard.Failed("aclrtCreateContext", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtDestroyContext", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtDestroyContext(nint context)
    {
        try { return Runtime.aclrtDestroyContext(context); }
        catch (Exception e) { return Guard.Failed("aclrtDestroyContext", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSetCurrentContext", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSetCurrentContext(nint context)
    {
        try { return Runtime.aclrtSetCurrentContext(context); }
        catch (Exception e) { return Guard.Failed("aclrtSetCurrentContext", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetCurrentContext", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetCurrentContext(nint* context)
    {
        try { return Runtime.aclrtGetCurrentContext(context); }
        catch (Exception e) { return Guard.Failed("aclrtGetCurrentContext", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCtxGetSysParamOpt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCtxGetSysParamOpt(int opt, long* value)
    {
        try { return Runtime.aclrtCtxGetSysParamOpt(opt, value); }
        catch (Exception e) { return Guard.Failed("aclrtCtxGetSysParamOpt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCtxSetSysParamOpt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCtxSetSysParamOpt(int opt, long value)
    {
        try { return Runtime.aclrtCtxSetSysParamOpt(opt, value); }
        catch (Exception e) { return Guard.Failed("aclrtCtxSetSysParamOpt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetSysParamOpt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetSysParamOpt(int opt, long* value)
    {
        try { return Runtime.aclrtGetSysParamOpt(opt, value); }
        catch (Exception e) { return Guard.Failed("aclrtGetSysParamOpt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSetSysParamOpt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSetSysParamOpt(int opt, long value)
    {
        try { return Runtime.aclrtSetSysParamOpt(opt, value); }
        catch (Exception e) { return Guard.Failed("aclrtSetSysParamOpt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSetDevice", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSetDevice(int deviceId)
    {
        try { return Runtime.aclrtSetDevice(deviceId); }
        catch (Exception e) { return Guard.Failed("aclrtSetDevice", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtResetDevice", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtResetDevice(int deviceId)
    {
        try { return Runtime.aclrtResetDevice(deviceId); }
        catch (Exception e) { return Guard.Failed("aclrtResetDevice", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetDevice", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetDevice(int* deviceId)
    {
        try { return Runtime.aclrtGetDevice(deviceId); }
        catch (Exception e) { return Guard.Failed("aclrtGetDevice", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetRunMode", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetRunMode(int* runMode)
    {
        try { return Runtime.aclrtGetRunMode(runMode); }
        catch (Exception e) { return Guard.Failed("aclrtGetRunMode", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSynchronizeDevice", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSynchronizeDevice()
    {
        try { return Runtime.aclrtSynchronizeDevice(); }
        catch (Exception e) { return Guard.Failed("aclrtSynchronizeDevice", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetDeviceCount", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetDeviceCount(uint* count)
    {
        try { return Runtime.aclrtGetDeviceCount(count); }
        catch (Exception e) { return Guard.Failed("aclrtGetDeviceCount", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateEvent", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateEvent(nint* @event)
    {
        try { return Runtime.aclrtCreateEvent(@event); }
        catch (Exception e) { return Guard.Failed("aclrtCreateEvent", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateEventWithFlag", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateEventWithFlag(nint* @event, uint flag)
    {
        try { return Runtime.aclrtCreateEventWithFlag(@event, flag); }
        catch (Exception e) { return Guard.Failed("aclrtCreateEventWithFlag", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateEventExWithFlag", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateEventExWithFlag(nint* @event, uint flag)
    {
        try { return Runtime.aclrtCreateEventExWithFlag(@event, flag); }
        catch (Exception e) { return Guard.Failed("aclrtCreateEventExWithFlag", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtDestroyEvent", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtDestroyEvent(nint @event)
    {
        try { return Runtime.aclrtDestroyEvent(@event); }
        catch (Exception e) { return Guard.Failed("aclrtDestroyEvent", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtRecordEvent", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtRecordEvent(nint @event, nint stream)
    {
        try { return Runtime.aclrtRecordEvent(@event, stream); }
        catch (Exception e) { return Guard.Failed("aclrtRecordEvent", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtQueryEventStatus", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtQueryEventStatus(nint @event, int* status)
    {
        try { return Runtime.aclrtQueryEventStatus(@event, status); }
        catch (Exception e) { return Guard.Failed("aclrtQueryEventStatus", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSynchronizeEvent", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSynchronizeEvent(nint @event)
    {
        try { return Runtime.aclrtSynchronizeEvent(@event); }
        catch (Exception e) { return Guard.Failed("aclrtSynchronizeEvent", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtEventElapsedTime", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtEventElapsedTime(float* ms, nint startEvent, nint endEvent)
    {
        try { return Runtime.aclrtEventElapsedTime(ms, startEvent, endEvent); }
        catch (Exception e) { return Guard.Failed("aclrtEventElapsedTime", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMalloc", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMalloc(nint* devPtr, nuint size, int policy)
    {
        try { return Runtime.aclrtMalloc(devPtr, size, policy); }
        catch (Exception e) { return Guard.Failed("aclrtMalloc", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtFree", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtFree(nint devPtr)
    {
        try { return Runtime.aclrtFree(devPtr); }
        catch (Exception e) { return Guard.Failed("aclrtFree", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMallocHost", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMallocHost(nint* hostPtr, nuint size)
    {
        try { return Runtime.aclrtMallocHost(hostPtr, size); }
        catch (Exception e) { return Guard.Failed("aclrtMallocHost", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtFreeHost", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtFreeHost(nint hostPtr)
    {
        try { return Runtime.aclrtFreeHost(hostPtr); }
        catch (Exception e) { return Guard.Failed("aclrtFreeHost", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMemcpy", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMemcpy(nint dst, nuint destMax, nint src, nuint count, int kind)
    {
        try { return Runtime.aclrtMemcpy(dst, destMax, src, count, kind); }
        catch (Exception e) { return Guard.Failed("aclrtMemcpy", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMemset", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMemset(nint devPtr, nuint maxCount, int value, nuint count)
    {
        try { return Runtime.aclrtMemset(devPtr, maxCount, value, count); }
        catch (Exception e) { return Guard.Failed("aclrtMemset", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMemcpyAsync", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMemcpyAsync(nint dst, nuint destMax, nint src, nuint count, int kind, nint stream)
    {
        try { return Runtime.aclrtMemcpyAsync(dst, destMax, src, count, kind, stream); }
        catch (Exception e) { return Guard.Failed("aclrtMemcpyAsync", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtMemsetAsync", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtMemsetAsync(nint devPtr, nuint maxCount, int value, nuint count, nint stream)
    {
        try { return Runtime.aclrtMemsetAsync(devPtr, maxCount, value, count, stream); }
        catch (Exception e) { return Guard.Failed("aclrtMemsetAsync", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateStream", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateStream(nint* stream)
    {
        try { return Runtime.aclrtCreateStream(stream); }
        catch (Exception e) { return Guard.Failed("aclrtCreateStream", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtCreateStreamWithConfig", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtCreateStreamWithConfig(nint* stream, uint priority, uint flag)
    {
        try { return Runtime.aclrtCreateStreamWithConfig(stream, priority, flag); }
        catch (Exception e) { return Guard.Failed("aclrtCreateStreamWithConfig", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtDestroyStream", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtDestroyStream(nint stream)
    {
        try { return Runtime.aclrtDestroyStream(stream); }
        catch (Exception e) { return Guard.Failed("aclrtDestroyStream", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSynchronizeStream", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSynchronizeStream(nint stream)
    {
        try { return Runtime.aclrtSynchronizeStream(stream); }
        catch (Exception e) { return Guard.Failed("aclrtSynchronizeStream", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSynchronizeStreamWithTimeout", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSynchronizeStreamWithTimeout(nint stream, int timeout)
    {
        try { return Runtime.aclrtSynchronizeStreamWithTimeout(stream, timeout); }
        catch (Exception e) { return Guard.Failed("aclrtSynchronizeStreamWithTimeout", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtStreamQuery", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtStreamQuery(nint stream, int* status)
    {
        try { return Runtime.aclrtStreamQuery(stream, status); }
        catch (Exception e) { return Guard.Failed("aclrtStreamQuery", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtStreamWaitEvent", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtStreamWaitEvent(nint stream, nint @event)
    {
        try { return Runtime.aclrtStreamWaitEvent(stream, @event); }
        catch (Exception e) { return Guard.Failed("aclrtStreamWaitEvent", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtDeviceCanAccessPeer", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtDeviceCanAccessPeer(int* canAccessPeer, int deviceId, int peerDeviceId)
    {
        try { return Runtime.aclrtDeviceCanAccessPeer(canAccessPeer, deviceId, peerDeviceId); }
        catch (Exception e) { return Guard.Failed("aclrtDeviceCanAccessPeer", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtDeviceEnablePeerAccess", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtDeviceEnablePeerAccess(int peerDeviceId, uint flags)
    {
        try { return Runtime.aclrtDeviceEnablePeerAccess(peerDeviceId, flags); }
        catch (Exception e) { return Guard.Failed("aclrtDeviceEnablePeerAccess", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetMemInfo", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtGetMemInfo(int attr, nuint* free, nuint* total)
    {
        try { return Runtime.aclrtGetMemInfo(attr, free, total); }
        catch (Exception e) { return Guard.Failed("aclrtGetMemInfo", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtSetDeviceSatMode", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclrtSetDeviceSatMode(int mode)
    {
        try { return Runtime.aclrtSetDeviceSatMode(mode); }
        catch (Exception e) { return Guard.Failed("aclrtSetDeviceSatMode", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclrtGetSocName", CallConvs = [typeof(CallConvCdecl)])]
    public static byte* aclrtGetSocName()
    {
        try { return Runtime.aclrtGetSocName(); }
        catch (Exception e) { return (byte*)(Guard.Failed("aclrtGetSocName", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclGetCannAttribute", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclGetCannAttribute(int cannAttr, int* value)
    {
        try { return Runtime.aclGetCannAttribute(cannAttr, value); }
        catch (Exception e) { return Guard.Failed("aclGetCannAttribute", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclGetDeviceCapability", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclGetDeviceCapability(uint deviceId, int deviceInfo, long* value)
    {
        try { return Runtime.aclGetDeviceCapability(deviceId, deviceInfo, value); }
        catch (Exception e) { return Guard.Failed("aclGetDeviceCapability", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInit", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInit(byte* configPath)
    {
        try { return Runtime.aclnnInit(configPath); }
        catch (Exception e) { return Guard.Failed("aclnnInit", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFinalize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFinalize()
    {
        try { return Runtime.aclnnFinalize(); }
        catch (Exception e) { return Guard.Failed("aclnnFinalize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclCreateTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static nint aclCreateTensor(long* viewDims, ulong viewDimsNum, int dataType, long* stride, long offset, int format, long* storageDims, ulong storageDimsNum, nint tensorData)
    {
        try { return Runtime.aclCreateTensor(viewDims, viewDimsNum, dataType, stride, offset, format, storageDims, storageDimsNum, tensorData); }
        catch (Exception e) { return (nint)(Guard.Failed("aclCreateTensor", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclCreateScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static nint aclCreateScalar(nint value, int dataType)
    {
        try { return Runtime.aclCreateScalar(value, dataType); }
        catch (Exception e) { return (nint)(Guard.Failed("aclCreateScalar", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclCreateIntArray", CallConvs = [typeof(CallConvCdecl)])]
    public static nint aclCreateIntArray(long* value, ulong size)
    {
        try { return Runtime.aclCreateIntArray(value, size); }
        catch (Exception e) { return (nint)(Guard.Failed("aclCreateIntArray", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclCreateTensorList", CallConvs = [typeof(CallConvCdecl)])]
    public static nint aclCreateTensorList(nint* value, ulong size)
    {
        try { return Runtime.aclCreateTensorList(value, size); }
        catch (Exception e) { return (nint)(Guard.Failed("aclCreateTensorList", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclCreateScalarList", CallConvs = [typeof(CallConvCdecl)])]
    public static nint aclCreateScalarList(nint* value, ulong size)
    {
        try { return Runtime.aclCreateScalarList(value, size); }
        catch (Exception e) { return (nint)(Guard.Failed("aclCreateScalarList", e) * 0); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyTensor(nint tensor)
    {
        try { return Runtime.aclDestroyTensor(tensor); }
        catch (Exception e) { return Guard.Failed("aclDestroyTensor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyScalar(nint scalar)
    {
        try { return Runtime.aclDestroyScalar(scalar); }
        catch (Exception e) { return Guard.Failed("aclDestroyScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyIntArray", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyIntArray(nint array)
    {
        try { return Runtime.aclDestroyIntArray(array); }
        catch (Exception e) { return Guard.Failed("aclDestroyIntArray", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyTensorList", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyTensorList(nint array)
    {
        try { return Runtime.aclDestroyTensorList(array); }
        catch (Exception e) { return Guard.Failed("aclDestroyTensorList", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyScalarList", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyScalarList(nint array)
    {
        try { return Runtime.aclDestroyScalarList(array); }
        catch (Exception e) { return Guard.Failed("aclDestroyScalarList", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclSetAclOpExecutorRepeatable", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclSetAclOpExecutorRepeatable(nint executor)
    {
        try { return Runtime.aclSetAclOpExecutorRepeatable(executor); }
        catch (Exception e) { return Guard.Failed("aclSetAclOpExecutorRepeatable", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclDestroyAclOpExecutor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclDestroyAclOpExecutor(nint executor)
    {
        try { return Runtime.aclDestroyAclOpExecutor(executor); }
        catch (Exception e) { return Guard.Failed("aclDestroyAclOpExecutor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclSetInputTensorAddr", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclSetInputTensorAddr(nint executor, nuint index, nint tensor, nint addr)
    {
        try { return Runtime.aclSetInputTensorAddr(executor, index, tensor, addr); }
        catch (Exception e) { return Guard.Failed("aclSetInputTensorAddr", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclSetOutputTensorAddr", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclSetOutputTensorAddr(nint executor, nuint index, nint tensor, nint addr)
    {
        try { return Runtime.aclSetOutputTensorAddr(executor, index, tensor, addr); }
        catch (Exception e) { return Guard.Failed("aclSetOutputTensorAddr", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclSetTensorAddr", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclSetTensorAddr(nint executor, nuint index, nint tensor, nint addr)
    {
        try { return Runtime.aclSetTensorAddr(executor, index, tensor, addr); }
        catch (Exception e) { return Guard.Failed("aclSetTensorAddr", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMatmulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMatmulGetWorkspaceSize(nint self, nint mat2, nint @out, sbyte cubeMathType, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Matmul", [unchecked((ulong)self), unchecked((ulong)mat2), unchecked((ulong)@out), unchecked((ulong)cubeMathType)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMatmulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMatmul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMatmul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Matmul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMatmul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnBatchMatMulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnBatchMatMulGetWorkspaceSize(nint self, nint mat2, nint @out, sbyte cubeMathType, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("BatchMatMul", [unchecked((ulong)self), unchecked((ulong)mat2), unchecked((ulong)@out), unchecked((ulong)cubeMathType)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnBatchMatMulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnBatchMatMul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnBatchMatMul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("BatchMatMul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnBatchMatMul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMmGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMmGetWorkspaceSize(nint self, nint mat2, nint @out, sbyte cubeMathType, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Mm", [unchecked((ulong)self), unchecked((ulong)mat2), unchecked((ulong)@out), unchecked((ulong)cubeMathType)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMmGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Mm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddmmGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddmmGetWorkspaceSize(nint self, nint mat1, nint mat2, nint beta, nint alpha, nint @out, sbyte cubeMathType, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Addmm", [unchecked((ulong)self), unchecked((ulong)mat1), unchecked((ulong)mat2), unchecked((ulong)beta), unchecked((ulong)alpha), unchecked((ulong)@out), unchecked((ulong)cubeMathType)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddmmGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddmm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddmm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Addmm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAddmm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnBaddbmmGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnBaddbmmGetWorkspaceSize(nint self, nint batch1, nint batch2, nint beta, nint alpha, nint @out, sbyte cubeMathType, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Baddbmm", [unchecked((ulong)self), unchecked((ulong)batch1), unchecked((ulong)batch2), unchecked((ulong)beta), unchecked((ulong)alpha), unchecked((ulong)@out), unchecked((ulong)cubeMathType)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnBaddbmmGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnBaddbmm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnBaddbmm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Baddbmm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnBaddbmm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTransMatmulWeightGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTransMatmulWeightGetWorkspaceSize(nint mmWeightRef, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("TransMatmulWeight", [unchecked((ulong)mmWeightRef)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnTransMatmulWeightGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTransMatmulWeight", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTransMatmulWeight(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("TransMatmulWeight", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnTransMatmulWeight", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddGetWorkspaceSize(nint self, nint other, nint alpha, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Add", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)alpha), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAdd", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAdd(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Add", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAdd", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddsGetWorkspaceSize(nint self, nint other, nint alpha, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Adds", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)alpha), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAdds", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAdds(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Adds", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAdds", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddGetWorkspaceSize(nint selfRef, nint other, nint alpha, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceAdd", [unchecked((ulong)selfRef), unchecked((ulong)other), unchecked((ulong)alpha)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAdd", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAdd(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceAdd", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAdd", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddsGetWorkspaceSize(nint selfRef, nint other, nint alpha, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceAdds", [unchecked((ulong)selfRef), unchecked((ulong)other), unchecked((ulong)alpha)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAdds", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAdds(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceAdds", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAdds", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSubGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSubGetWorkspaceSize(nint self, nint other, nint alpha, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Sub", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)alpha), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSubGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSub", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSub(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Sub", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSub", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSubsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSubsGetWorkspaceSize(nint self, nint other, nint alpha, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Subs", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)alpha), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSubsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSubs", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSubs(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Subs", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSubs", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMulGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Mul", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Mul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMulsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMulsGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Muls", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMulsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMuls", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMuls(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Muls", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMuls", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMulGetWorkspaceSize(nint selfRef, nint other, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceMul", [unchecked((ulong)selfRef), unchecked((ulong)other)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceMul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMulsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMulsGetWorkspaceSize(nint selfRef, nint other, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceMuls", [unchecked((ulong)selfRef), unchecked((ulong)other)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMulsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMuls", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMuls(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceMuls", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMuls", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDivGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDivGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Div", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnDivGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDiv", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDiv(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Div", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnDiv", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDivsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDivsGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Divs", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnDivsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDivs", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDivs(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Divs", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnDivs", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceDivGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceDivGetWorkspaceSize(nint selfRef, nint other, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceDiv", [unchecked((ulong)selfRef), unchecked((ulong)other)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceDivGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceDiv", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceDiv(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceDiv", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceDiv", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNegGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNegGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Neg", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnNegGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNeg", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNeg(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Neg", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnNeg", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAbsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAbsGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Abs", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAbsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAbs", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAbs(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Abs", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAbs", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnExpGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnExpGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Exp", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnExpGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnExp", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnExp(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Exp", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnExp", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Log", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLogGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLog", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLog(nint workspace, ulong workspace_size, nint executor, nint stream)
    {
        try { return Operators.Launch("Log", workspace, workspace_size, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLog", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSqrtGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSqrtGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* opExecutor)
    {
        try { return Operators.Plan("Sqrt", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, opExecutor); }
        catch (Exception e) { return Guard.Failed("aclnnSqrtGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSqrt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSqrt(nint workspace, ulong workspaceSize, nint opExecutor, nint stream)
    {
        try { return Operators.Launch("Sqrt", workspace, workspaceSize, opExecutor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSqrt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRsqrtGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRsqrtGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Rsqrt", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnRsqrtGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRsqrt", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRsqrt(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Rsqrt", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnRsqrt", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnReciprocalGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnReciprocalGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Reciprocal", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnReciprocalGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnReciprocal", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnReciprocal(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Reciprocal", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnReciprocal", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPowTensorScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPowTensorScalarGetWorkspaceSize(nint self, nint exponent, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("PowTensorScalar", [unchecked((ulong)self), unchecked((ulong)exponent), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnPowTensorScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPowTensorScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPowTensorScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("PowTensorScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnPowTensorScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplacePowTensorScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplacePowTensorScalarGetWorkspaceSize(nint self, nint exponent, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplacePowTensorScalar", [unchecked((ulong)self), unchecked((ulong)exponent)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplacePowTensorScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplacePowTensorScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplacePowTensorScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplacePowTensorScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplacePowTensorScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPowTensorTensorGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPowTensorTensorGetWorkspaceSize(nint self, nint exponent, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("PowTensorTensor", [unchecked((ulong)self), unchecked((ulong)exponent), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnPowTensorTensorGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPowTensorTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPowTensorTensor(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("PowTensorTensor", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnPowTensorTensor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSinGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSinGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Sin", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSinGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSin", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSin(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Sin", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSin", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCosGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCosGetWorkspaceSize(nint input, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Cos", [unchecked((ulong)input), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCosGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCos", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCos(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Cos", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCos", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTanhGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTanhGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Tanh", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnTanhGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTanh", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTanh(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Tanh", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnTanh", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTanhBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTanhBackwardGetWorkspaceSize(nint gradOutput, nint output, nint gradInput, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("TanhBackward", [unchecked((ulong)gradOutput), unchecked((ulong)output), unchecked((ulong)gradInput)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnTanhBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTanhBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTanhBackward(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("TanhBackward", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnTanhBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSigmoidGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSigmoidGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Sigmoid", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSigmoidGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSigmoid", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSigmoid(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Sigmoid", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSigmoid", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSiluGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSiluGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Silu", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSiluGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSilu", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSilu(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Silu", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSilu", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSiluBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSiluBackwardGetWorkspaceSize(nint gradOutput, nint self, nint gradInput, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("SiluBackward", [unchecked((ulong)gradOutput), unchecked((ulong)self), unchecked((ulong)gradInput)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSiluBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSiluBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSiluBackward(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("SiluBackward", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSiluBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGeluGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGeluGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Gelu", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGeluGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGelu", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGelu(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Gelu", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGelu", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGeluBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGeluBackwardGetWorkspaceSize(nint gradOutput, nint self, nint gradInput, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("GeluBackward", [unchecked((ulong)gradOutput), unchecked((ulong)self), unchecked((ulong)gradInput)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGeluBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGeluBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGeluBackward(nint workspace, ulong workspace_size, nint executor, nint stream)
    {
        try { return Operators.Launch("GeluBackward", workspace, workspace_size, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGeluBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSwiGluGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSwiGluGetWorkspaceSize(nint x, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("SwiGlu", [unchecked((ulong)x), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSwiGluGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSwiGlu", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSwiGlu(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("SwiGlu", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSwiGlu", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSwiGluGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSwiGluGradGetWorkspaceSize(nint yGrad, nint x, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("SwiGluGrad", [unchecked((ulong)yGrad), unchecked((ulong)x), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSwiGluGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSwiGluGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSwiGluGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("SwiGluGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSwiGluGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnErfGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnErfGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Erf", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnErfGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnErf", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnErf(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Erf", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnErf", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddcmulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddcmulGetWorkspaceSize(nint self, nint tensor1, nint tensor2, nint value, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Addcmul", [unchecked((ulong)self), unchecked((ulong)tensor1), unchecked((ulong)tensor2), unchecked((ulong)value), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddcmulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddcmul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddcmul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Addcmul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAddcmul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddcmulGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddcmulGetWorkspaceSize(nint selfRef, nint tensor1, nint tensor2, nint value, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceAddcmul", [unchecked((ulong)selfRef), unchecked((ulong)tensor1), unchecked((ulong)tensor2), unchecked((ulong)value)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddcmulGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddcmul", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddcmul(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceAddcmul", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddcmul", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddcdivGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddcdivGetWorkspaceSize(nint self, nint tensor1, nint tensor2, nint value, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Addcdiv", [unchecked((ulong)self), unchecked((ulong)tensor1), unchecked((ulong)tensor2), unchecked((ulong)value), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddcdivGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddcdiv", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddcdiv(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Addcdiv", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAddcdiv", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddcdivGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddcdivGetWorkspaceSize(nint selfRef, nint tensor1, nint tensor2, nint value, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceAddcdiv", [unchecked((ulong)selfRef), unchecked((ulong)tensor1), unchecked((ulong)tensor2), unchecked((ulong)value)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddcdivGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceAddcdiv", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceAddcdiv(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceAddcdiv", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceAddcdiv", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLerpsGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLerpsGetWorkspaceSize(nint self, nint end, nint weight, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Lerps", [unchecked((ulong)self), unchecked((ulong)end), unchecked((ulong)weight), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLerpsGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLerps", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLerps(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Lerps", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLerps", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnClampMinGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnClampMinGetWorkspaceSize(nint self, nint clipValueMin, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ClampMin", [unchecked((ulong)self), unchecked((ulong)clipValueMin), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnClampMinGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnClampMin", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnClampMin(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ClampMin", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnClampMin", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnClampMaxGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnClampMaxGetWorkspaceSize(nint self, nint clipValueMax, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ClampMax", [unchecked((ulong)self), unchecked((ulong)clipValueMax), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnClampMaxGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnClampMax", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnClampMax(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ClampMax", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnClampMax", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMaximumGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMaximumGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Maximum", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMaximumGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMaximum", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMaximum(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Maximum", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMaximum", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMinimumGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMinimumGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Minimum", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMinimumGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMinimum", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMinimum(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Minimum", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMinimum", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSignGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSignGetWorkspaceSize(nint self, nint result, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Sign", [unchecked((ulong)self), unchecked((ulong)result)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSignGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSign", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSign(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Sign", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSign", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSoftmaxGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSoftmaxGetWorkspaceSize(nint self, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Softmax", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSoftmaxGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSoftmax", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSoftmax(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Softmax", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSoftmax", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSoftmaxBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSoftmaxBackwardGetWorkspaceSize(nint gradOutput, nint output, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("SoftmaxBackward", [unchecked((ulong)gradOutput), unchecked((ulong)output), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSoftmaxBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSoftmaxBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSoftmaxBackward(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("SoftmaxBackward", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSoftmaxBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogSoftmaxGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogSoftmaxGetWorkspaceSize(nint self, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LogSoftmax", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLogSoftmaxGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogSoftmax", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogSoftmax(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LogSoftmax", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLogSoftmax", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRmsNormGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRmsNormGetWorkspaceSize(nint x, nint gamma, double epsilon, nint yOut, nint rstdOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("RmsNorm", [unchecked((ulong)x), unchecked((ulong)gamma), BitConverter.DoubleToUInt64Bits(epsilon), unchecked((ulong)yOut), unchecked((ulong)rstdOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnRmsNormGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRmsNorm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRmsNorm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("RmsNorm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnRmsNorm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRmsNormGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRmsNormGradGetWorkspaceSize(nint dy, nint x, nint rstd, nint gamma, nint dxOut, nint dgammaOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("RmsNormGrad", [unchecked((ulong)dy), unchecked((ulong)x), unchecked((ulong)rstd), unchecked((ulong)gamma), unchecked((ulong)dxOut), unchecked((ulong)dgammaOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnRmsNormGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRmsNormGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRmsNormGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("RmsNormGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnRmsNormGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddRmsNormGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddRmsNormGetWorkspaceSize(nint x1, nint x2, nint gamma, double epsilon, nint yOut, nint rstdOut, nint xOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("AddRmsNorm", [unchecked((ulong)x1), unchecked((ulong)x2), unchecked((ulong)gamma), BitConverter.DoubleToUInt64Bits(epsilon), unchecked((ulong)yOut), unchecked((ulong)rstdOut), unchecked((ulong)xOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAddRmsNormGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAddRmsNorm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAddRmsNorm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("AddRmsNorm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAddRmsNorm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRotaryPositionEmbeddingGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRotaryPositionEmbeddingGetWorkspaceSize(nint x, nint cos, nint sin, long mode, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("RotaryPositionEmbedding", [unchecked((ulong)x), unchecked((ulong)cos), unchecked((ulong)sin), unchecked((ulong)mode), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnRotaryPositionEmbeddingGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRotaryPositionEmbedding", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRotaryPositionEmbedding(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("RotaryPositionEmbedding", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnRotaryPositionEmbedding", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRotaryPositionEmbeddingGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRotaryPositionEmbeddingGradGetWorkspaceSize(nint dy, nint cos, nint sin, nint xOptional, long mode, nint dxOut, nint dcosOut, nint dsinOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("RotaryPositionEmbeddingGrad", [unchecked((ulong)dy), unchecked((ulong)cos), unchecked((ulong)sin), unchecked((ulong)xOptional), unchecked((ulong)mode), unchecked((ulong)dxOut), unchecked((ulong)dcosOut), unchecked((ulong)dsinOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnRotaryPositionEmbeddingGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnRotaryPositionEmbeddingGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnRotaryPositionEmbeddingGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("RotaryPositionEmbeddingGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnRotaryPositionEmbeddingGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionScoreGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionScoreGetWorkspaceSize(nint query, nint key, nint value, nint realShiftOptional, nint dropMaskOptional, nint paddingMaskOptional, nint attenMaskOptional, nint prefixOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, nint softmaxMaxOut, nint softmaxSumOut, nint softmaxOutOut, nint attentionOutOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("FlashAttentionScore", [unchecked((ulong)query), unchecked((ulong)key), unchecked((ulong)value), unchecked((ulong)realShiftOptional), unchecked((ulong)dropMaskOptional), unchecked((ulong)paddingMaskOptional), unchecked((ulong)attenMaskOptional), unchecked((ulong)prefixOptional), BitConverter.DoubleToUInt64Bits(scaleValue), BitConverter.DoubleToUInt64Bits(keepProb), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)headNum), unchecked((ulong)inputLayout), unchecked((ulong)innerPrecise), unchecked((ulong)sparseMode), unchecked((ulong)softmaxMaxOut), unchecked((ulong)softmaxSumOut), unchecked((ulong)softmaxOutOut), unchecked((ulong)attentionOutOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionScoreGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionScore", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionScore(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("FlashAttentionScore", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionScore", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionVarLenScoreGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionVarLenScoreGetWorkspaceSize(nint query, nint key, nint value, nint realShiftOptional, nint dropMaskOptional, nint paddingMaskOptional, nint attenMaskOptional, nint prefixOptional, nint actualSeqQLenOptional, nint actualSeqKvLenOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, nint softmaxMaxOut, nint softmaxSumOut, nint softmaxOutOut, nint attentionOutOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("FlashAttentionVarLenScore", [unchecked((ulong)query), unchecked((ulong)key), unchecked((ulong)value), unchecked((ulong)realShiftOptional), unchecked((ulong)dropMaskOptional), unchecked((ulong)paddingMaskOptional), unchecked((ulong)attenMaskOptional), unchecked((ulong)prefixOptional), unchecked((ulong)actualSeqQLenOptional), unchecked((ulong)actualSeqKvLenOptional), BitConverter.DoubleToUInt64Bits(scaleValue), BitConverter.DoubleToUInt64Bits(keepProb), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)headNum), unchecked((ulong)inputLayout), unchecked((ulong)innerPrecise), unchecked((ulong)sparseMode), unchecked((ulong)softmaxMaxOut), unchecked((ulong)softmaxSumOut), unchecked((ulong)softmaxOutOut), unchecked((ulong)attentionOutOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionVarLenScoreGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionVarLenScore", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionVarLenScore(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("FlashAttentionVarLenScore", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionVarLenScore", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionScoreGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionScoreGradGetWorkspaceSize(nint query, nint keyIn, nint value, nint dy, nint pseShiftOptional, nint dropMaskOptional, nint paddingMaskOptional, nint attenMaskOptional, nint softmaxMaxOptional, nint softmaxSumOptional, nint softmaxInOptional, nint attentionInOptional, nint prefixOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, nint dqOut, nint dkOut, nint dvOut, nint dpseOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("FlashAttentionScoreGrad", [unchecked((ulong)query), unchecked((ulong)keyIn), unchecked((ulong)value), unchecked((ulong)dy), unchecked((ulong)pseShiftOptional), unchecked((ulong)dropMaskOptional), unchecked((ulong)paddingMaskOptional), unchecked((ulong)attenMaskOptional), unchecked((ulong)softmaxMaxOptional), unchecked((ulong)softmaxSumOptional), unchecked((ulong)softmaxInOptional), unchecked((ulong)attentionInOptional), unchecked((ulong)prefixOptional), BitConverter.DoubleToUInt64Bits(scaleValue), BitConverter.DoubleToUInt64Bits(keepProb), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)headNum), unchecked((ulong)inputLayout), unchecked((ulong)innerPrecise), unchecked((ulong)sparseMode), unchecked((ulong)dqOut), unchecked((ulong)dkOut), unchecked((ulong)dvOut), unchecked((ulong)dpseOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionScoreGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionScoreGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionScoreGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("FlashAttentionScoreGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionScoreGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize(nint query, nint keyIn, nint value, nint dy, nint pseShiftOptional, nint dropMaskOptional, nint paddingMaskOptional, nint attenMaskOptional, nint softmaxMaxOptional, nint softmaxSumOptional, nint softmaxInOptional, nint attentionInOptional, nint prefixOptional, nint actualSeqQLenOptional, nint actualSeqKvLenOptional, double scaleValue, double keepProb, long preTokens, long nextTokens, long headNum, byte* inputLayout, long innerPrecise, long sparseMode, nint dqOut, nint dkOut, nint dvOut, nint dpseOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("FlashAttentionUnpaddingScoreGrad", [unchecked((ulong)query), unchecked((ulong)keyIn), unchecked((ulong)value), unchecked((ulong)dy), unchecked((ulong)pseShiftOptional), unchecked((ulong)dropMaskOptional), unchecked((ulong)paddingMaskOptional), unchecked((ulong)attenMaskOptional), unchecked((ulong)softmaxMaxOptional), unchecked((ulong)softmaxSumOptional), unchecked((ulong)softmaxInOptional), unchecked((ulong)attentionInOptional), unchecked((ulong)prefixOptional), unchecked((ulong)actualSeqQLenOptional), unchecked((ulong)actualSeqKvLenOptional), BitConverter.DoubleToUInt64Bits(scaleValue), BitConverter.DoubleToUInt64Bits(keepProb), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)headNum), unchecked((ulong)inputLayout), unchecked((ulong)innerPrecise), unchecked((ulong)sparseMode), unchecked((ulong)dqOut), unchecked((ulong)dkOut), unchecked((ulong)dvOut), unchecked((ulong)dpseOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFlashAttentionUnpaddingScoreGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFlashAttentionUnpaddingScoreGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("FlashAttentionUnpaddingScoreGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnFlashAttentionUnpaddingScoreGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPromptFlashAttentionGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPromptFlashAttentionGetWorkspaceSize(nint query, nint key, nint value, nint pseShift, nint attenMask, nint actualSeqLengths, long numHeads, double scaleValue, long preTokens, long nextTokens, byte* inputLayout, long numKeyValueHeads, nint attentionOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("PromptFlashAttention", [unchecked((ulong)query), unchecked((ulong)key), unchecked((ulong)value), unchecked((ulong)pseShift), unchecked((ulong)attenMask), unchecked((ulong)actualSeqLengths), unchecked((ulong)numHeads), BitConverter.DoubleToUInt64Bits(scaleValue), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)inputLayout), unchecked((ulong)numKeyValueHeads), unchecked((ulong)attentionOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnPromptFlashAttentionGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnPromptFlashAttention", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnPromptFlashAttention(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("PromptFlashAttention", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnPromptFlashAttention", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIncreFlashAttentionGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIncreFlashAttentionGetWorkspaceSize(nint query, nint key, nint value, nint pseShift, nint attenMask, nint actualSeqLengths, long numHeads, double scaleValue, byte* inputLayout, long numKeyValueHeads, nint attentionOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("IncreFlashAttention", [unchecked((ulong)query), unchecked((ulong)key), unchecked((ulong)value), unchecked((ulong)pseShift), unchecked((ulong)attenMask), unchecked((ulong)actualSeqLengths), unchecked((ulong)numHeads), BitConverter.DoubleToUInt64Bits(scaleValue), unchecked((ulong)inputLayout), unchecked((ulong)numKeyValueHeads), unchecked((ulong)attentionOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnIncreFlashAttentionGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIncreFlashAttention", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIncreFlashAttention(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("IncreFlashAttention", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnIncreFlashAttention", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFusedInferAttentionScoreGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFusedInferAttentionScoreGetWorkspaceSize(nint query, nint key, nint value, nint pseShift, nint attenMask, nint actualSeqLengths, nint actualSeqLengthsKv, nint deqScale1, nint quantScale1, nint deqScale2, nint quantScale2, nint quantOffset2, nint antiquantScale, nint antiquantOffset, nint blockTable, nint queryPaddingSize, nint kvPaddingSize, long numHeads, double scaleValue, long preTokens, long nextTokens, byte* inputLayout, long numKeyValueHeads, long sparseMode, long innerPrecise, long blockSize, long antiquantMode, byte softmaxLseFlag, nint attentionOut, nint softmaxLse, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("FusedInferAttentionScore", [unchecked((ulong)query), unchecked((ulong)key), unchecked((ulong)value), unchecked((ulong)pseShift), unchecked((ulong)attenMask), unchecked((ulong)actualSeqLengths), unchecked((ulong)actualSeqLengthsKv), unchecked((ulong)deqScale1), unchecked((ulong)quantScale1), unchecked((ulong)deqScale2), unchecked((ulong)quantScale2), unchecked((ulong)quantOffset2), unchecked((ulong)antiquantScale), unchecked((ulong)antiquantOffset), unchecked((ulong)blockTable), unchecked((ulong)queryPaddingSize), unchecked((ulong)kvPaddingSize), unchecked((ulong)numHeads), BitConverter.DoubleToUInt64Bits(scaleValue), unchecked((ulong)preTokens), unchecked((ulong)nextTokens), unchecked((ulong)inputLayout), unchecked((ulong)numKeyValueHeads), unchecked((ulong)sparseMode), unchecked((ulong)innerPrecise), unchecked((ulong)blockSize), unchecked((ulong)antiquantMode), unchecked((ulong)softmaxLseFlag), unchecked((ulong)attentionOut), unchecked((ulong)softmaxLse)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnFusedInferAttentionScoreGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnFusedInferAttentionScore", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnFusedInferAttentionScore(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("FusedInferAttentionScore", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnFusedInferAttentionScore", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEmbeddingGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEmbeddingGetWorkspaceSize(nint weight, nint indices, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Embedding", [unchecked((ulong)weight), unchecked((ulong)indices), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnEmbeddingGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEmbedding", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEmbedding(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Embedding", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnEmbedding", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEmbeddingDenseBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEmbeddingDenseBackwardGetWorkspaceSize(nint grad, nint indices, ulong numWeights, ulong paddingIdx, byte scaleGradByFreq, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("EmbeddingDenseBackward", [unchecked((ulong)grad), unchecked((ulong)indices), unchecked((ulong)numWeights), unchecked((ulong)paddingIdx), unchecked((ulong)scaleGradByFreq), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnEmbeddingDenseBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEmbeddingDenseBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEmbeddingDenseBackward(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("EmbeddingDenseBackward", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnEmbeddingDenseBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGatherV2GetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGatherV2GetWorkspaceSize(nint self, long dim, nint index, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("GatherV2", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)index), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGatherV2GetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGatherV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGatherV2(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("GatherV2", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGatherV2", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIndexSelectGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIndexSelectGetWorkspaceSize(nint self, long dim, nint index, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("IndexSelect", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)index), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnIndexSelectGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIndexSelect", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIndexSelect(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("IndexSelect", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnIndexSelect", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnScatterAddGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnScatterAddGetWorkspaceSize(nint self, long dim, nint index, nint src, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ScatterAdd", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)index), unchecked((ulong)src), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnScatterAddGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnScatterAdd", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnScatterAdd(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ScatterAdd", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnScatterAdd", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIndexAddGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIndexAddGetWorkspaceSize(nint self, long dim, nint index, nint source, nint alpha, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("IndexAdd", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)index), unchecked((ulong)source), unchecked((ulong)alpha), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnIndexAddGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIndexAdd", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIndexAdd(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("IndexAdd", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnIndexAdd", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceIndexCopyGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceIndexCopyGetWorkspaceSize(nint selfRef, long dim, nint index, nint source, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceIndexCopy", [unchecked((ulong)selfRef), unchecked((ulong)dim), unchecked((ulong)index), unchecked((ulong)source)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceIndexCopyGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceIndexCopy", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceIndexCopy(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceIndexCopy", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceIndexCopy", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMaskedFillScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMaskedFillScalarGetWorkspaceSize(nint selfRef, nint mask, nint value, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceMaskedFillScalar", [unchecked((ulong)selfRef), unchecked((ulong)mask), unchecked((ulong)value)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMaskedFillScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceMaskedFillScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceMaskedFillScalar(nint workspace, ulong workspace_size, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceMaskedFillScalar", workspace, workspace_size, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceMaskedFillScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCatGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCatGetWorkspaceSize(nint tensors, long dim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Cat", [unchecked((ulong)tensors), unchecked((ulong)dim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCatGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCat", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCat(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Cat", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCat", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCastGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCastGetWorkspaceSize(nint self, int dtype, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Cast", [unchecked((ulong)self), unchecked((ulong)dtype), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCastGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCast", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCast(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Cast", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCast", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceCopyGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceCopyGetWorkspaceSize(nint selfRef, nint src, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceCopy", [unchecked((ulong)selfRef), unchecked((ulong)src)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceCopyGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceCopy", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceCopy(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceCopy", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceCopy", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnReduceSumGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnReduceSumGetWorkspaceSize(nint self, nint dims, byte keepDims, int dtype, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ReduceSum", [unchecked((ulong)self), unchecked((ulong)dims), unchecked((ulong)keepDims), unchecked((ulong)dtype), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnReduceSumGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnReduceSum", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnReduceSum(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ReduceSum", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnReduceSum", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMeanV2GetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMeanV2GetWorkspaceSize(nint self, nint dim, byte keepDim, byte noopWithEmptyAxes, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("MeanV2", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepDim), unchecked((ulong)noopWithEmptyAxes), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMeanV2GetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMeanV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMeanV2(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("MeanV2", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMeanV2", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAmaxGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAmaxGetWorkspaceSize(nint self, nint dim, byte keepDim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Amax", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepDim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAmaxGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAmax", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAmax(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Amax", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAmax", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMaxDimGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMaxDimGetWorkspaceSize(nint self, long dim, byte keepdim, nint @out, nint indices, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("MaxDim", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepdim), unchecked((ulong)@out), unchecked((ulong)indices)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnMaxDimGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnMaxDim", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnMaxDim(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("MaxDim", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnMaxDim", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnArgMaxGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnArgMaxGetWorkspaceSize(nint self, long dim, byte keepdim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ArgMax", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepdim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnArgMaxGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnArgMax", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnArgMax(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ArgMax", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnArgMax", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTopkGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTopkGetWorkspaceSize(nint self, long k, long dim, byte largest, byte sorted, nint valuesOut, nint indicesOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Topk", [unchecked((ulong)self), unchecked((ulong)k), unchecked((ulong)dim), unchecked((ulong)largest), unchecked((ulong)sorted), unchecked((ulong)valuesOut), unchecked((ulong)indicesOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnTopkGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTopk", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTopk(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Topk", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnTopk", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSortGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSortGetWorkspaceSize(nint self, byte stable, long dim, byte descending, nint valuesOut, nint indicesOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Sort", [unchecked((ulong)self), unchecked((ulong)stable), unchecked((ulong)dim), unchecked((ulong)descending), unchecked((ulong)valuesOut), unchecked((ulong)indicesOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSortGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSort", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSort(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Sort", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSort", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCumsumGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCumsumGetWorkspaceSize(nint self, long dim, int dtype, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Cumsum", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)dtype), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCumsumGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCumsum", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCumsum(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Cumsum", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCumsum", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAllGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAllGetWorkspaceSize(nint self, nint dim, byte keepdim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("All", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepdim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAllGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAll", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAll(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("All", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAll", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAnyGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAnyGetWorkspaceSize(nint self, nint dim, byte keepdim, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Any", [unchecked((ulong)self), unchecked((ulong)dim), unchecked((ulong)keepdim), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnAnyGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnAny", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnAny(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Any", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnAny", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSWhereGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSWhereGetWorkspaceSize(nint condition, nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("SWhere", [unchecked((ulong)condition), unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnSWhereGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnSWhere", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnSWhere(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("SWhere", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnSWhere", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEqTensorGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEqTensorGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("EqTensor", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnEqTensorGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEqTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEqTensor(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("EqTensor", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnEqTensor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEqScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEqScalarGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("EqScalar", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnEqScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnEqScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnEqScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("EqScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnEqScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLtTensorGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLtTensorGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LtTensor", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLtTensorGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLtTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLtTensor(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LtTensor", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLtTensor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLtScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLtScalarGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LtScalar", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLtScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLtScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLtScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LtScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLtScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGtTensorGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGtTensorGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("GtTensor", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGtTensorGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGtTensor", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGtTensor(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("GtTensor", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGtTensor", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGtScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGtScalarGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("GtScalar", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGtScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGtScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGtScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("GtScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGtScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGeScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGeScalarGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("GeScalar", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnGeScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnGeScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnGeScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("GeScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnGeScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIsFiniteGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIsFiniteGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("IsFinite", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnIsFiniteGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnIsFinite", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnIsFinite(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("IsFinite", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnIsFinite", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNanToNumGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNanToNumGetWorkspaceSize(nint self, float nan, float posinf, float neginf, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("NanToNum", [unchecked((ulong)self), BitConverter.SingleToUInt32Bits(nan), BitConverter.SingleToUInt32Bits(posinf), BitConverter.SingleToUInt32Bits(neginf), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnNanToNumGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNanToNum", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNanToNum(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("NanToNum", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnNanToNum", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalAndGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalAndGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LogicalAnd", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalAndGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalAnd", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalAnd(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LogicalAnd", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalAnd", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalOrGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalOrGetWorkspaceSize(nint self, nint other, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LogicalOr", [unchecked((ulong)self), unchecked((ulong)other), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalOrGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalOr", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalOr(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LogicalOr", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalOr", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalNotGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalNotGetWorkspaceSize(nint self, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("LogicalNot", [unchecked((ulong)self), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalNotGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnLogicalNot", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnLogicalNot(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("LogicalNot", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnLogicalNot", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTriuGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTriuGetWorkspaceSize(nint self, long diagonal, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("Triu", [unchecked((ulong)self), unchecked((ulong)diagonal), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnTriuGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnTriu", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnTriu(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("Triu", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnTriu", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceFillScalarGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceFillScalarGetWorkspaceSize(nint selfRef, nint value, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceFillScalar", [unchecked((ulong)selfRef), unchecked((ulong)value)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceFillScalarGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceFillScalar", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceFillScalar(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceFillScalar", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceFillScalar", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceZeroGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceZeroGetWorkspaceSize(nint selfRef, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("InplaceZero", [unchecked((ulong)selfRef)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceZeroGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnInplaceZero", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnInplaceZero(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("InplaceZero", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnInplaceZero", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDropoutDoMaskGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDropoutDoMaskGetWorkspaceSize(nint self, nint mask, double prob, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("DropoutDoMask", [unchecked((ulong)self), unchecked((ulong)mask), BitConverter.DoubleToUInt64Bits(prob), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnDropoutDoMaskGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnDropoutDoMask", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnDropoutDoMask(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("DropoutDoMask", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnDropoutDoMask", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNLLLossGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNLLLossGetWorkspaceSize(nint self, nint target, nint weight, long reduction, long ignoreIndex, nint @out, nint totalWeightOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("NLLLoss", [unchecked((ulong)self), unchecked((ulong)target), unchecked((ulong)weight), unchecked((ulong)reduction), unchecked((ulong)ignoreIndex), unchecked((ulong)@out), unchecked((ulong)totalWeightOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnNLLLossGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNLLLoss", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNLLLoss(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("NLLLoss", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnNLLLoss", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNLLLossBackwardGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNLLLossBackwardGetWorkspaceSize(nint gradOutput, nint self, nint target, nint weight, long reduction, long ignoreIndex, nint totalWeight, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("NLLLossBackward", [unchecked((ulong)gradOutput), unchecked((ulong)self), unchecked((ulong)target), unchecked((ulong)weight), unchecked((ulong)reduction), unchecked((ulong)ignoreIndex), unchecked((ulong)totalWeight), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnNLLLossBackwardGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnNLLLossBackward", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnNLLLossBackward(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("NLLLossBackward", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnNLLLossBackward", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCrossEntropyLossGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCrossEntropyLossGetWorkspaceSize(nint input, nint target, nint weightOptional, byte* reductionOptional, long ignoreIndex, double labelSmoothing, double lseSquareScaleForZloss, byte returnZloss, nint lossOut, nint logProbOut, nint zlossOut, nint lseForZlossOut, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("CrossEntropyLoss", [unchecked((ulong)input), unchecked((ulong)target), unchecked((ulong)weightOptional), unchecked((ulong)reductionOptional), unchecked((ulong)ignoreIndex), BitConverter.DoubleToUInt64Bits(labelSmoothing), BitConverter.DoubleToUInt64Bits(lseSquareScaleForZloss), unchecked((ulong)returnZloss), unchecked((ulong)lossOut), unchecked((ulong)logProbOut), unchecked((ulong)zlossOut), unchecked((ulong)lseForZlossOut)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCrossEntropyLossGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCrossEntropyLoss", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCrossEntropyLoss(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("CrossEntropyLoss", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCrossEntropyLoss", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCrossEntropyLossGradGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCrossEntropyLossGradGetWorkspaceSize(nint gradLoss, nint logProb, nint target, nint weightOptional, nint gradZlossOptional, nint lseForZlossOptional, byte* reductionOptional, long ignoreIndex, double labelSmoothing, double lseSquareScaleForZloss, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("CrossEntropyLossGrad", [unchecked((ulong)gradLoss), unchecked((ulong)logProb), unchecked((ulong)target), unchecked((ulong)weightOptional), unchecked((ulong)gradZlossOptional), unchecked((ulong)lseForZlossOptional), unchecked((ulong)reductionOptional), unchecked((ulong)ignoreIndex), BitConverter.DoubleToUInt64Bits(labelSmoothing), BitConverter.DoubleToUInt64Bits(lseSquareScaleForZloss), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnCrossEntropyLossGradGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCrossEntropyLossGrad", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCrossEntropyLossGrad(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("CrossEntropyLossGrad", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnCrossEntropyLossGrad", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnApplyAdamWV2GetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnApplyAdamWV2GetWorkspaceSize(nint varRef, nint mRef, nint vRef, nint maxGradNormOptionalRef, nint grad, nint step, float lr, float beta1, float beta2, float weightDecay, float eps, byte amsgrad, byte maximize, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ApplyAdamWV2", [unchecked((ulong)varRef), unchecked((ulong)mRef), unchecked((ulong)vRef), unchecked((ulong)maxGradNormOptionalRef), unchecked((ulong)grad), unchecked((ulong)step), BitConverter.SingleToUInt32Bits(lr), BitConverter.SingleToUInt32Bits(beta1), BitConverter.SingleToUInt32Bits(beta2), BitConverter.SingleToUInt32Bits(weightDecay), BitConverter.SingleToUInt32Bits(eps), unchecked((ulong)amsgrad), unchecked((ulong)maximize)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnApplyAdamWV2GetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnApplyAdamWV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnApplyAdamWV2(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ApplyAdamWV2", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnApplyAdamWV2", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachNormGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachNormGetWorkspaceSize(nint x, nint scalar, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ForeachNorm", [unchecked((ulong)x), unchecked((ulong)scalar), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnForeachNormGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachNorm", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachNorm(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ForeachNorm", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnForeachNorm", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachMulScalarV2GetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachMulScalarV2GetWorkspaceSize(nint x, nint scalar, nint @out, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ForeachMulScalarV2", [unchecked((ulong)x), unchecked((ulong)scalar), unchecked((ulong)@out)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnForeachMulScalarV2GetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachMulScalarV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachMulScalarV2(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ForeachMulScalarV2", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnForeachMulScalarV2", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachNonFiniteCheckAndUnscaleGetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachNonFiniteCheckAndUnscaleGetWorkspaceSize(nint scaledGrads, nint foundInf, nint invScale, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("ForeachNonFiniteCheckAndUnscale", [unchecked((ulong)scaledGrads), unchecked((ulong)foundInf), unchecked((ulong)invScale)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnForeachNonFiniteCheckAndUnscaleGetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnForeachNonFiniteCheckAndUnscale", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnForeachNonFiniteCheckAndUnscale(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("ForeachNonFiniteCheckAndUnscale", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnForeachNonFiniteCheckAndUnscale", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnWeightQuantBatchMatmulV2GetWorkspaceSize", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnWeightQuantBatchMatmulV2GetWorkspaceSize(nint x, nint weight, nint antiquantScale, nint antiquantOffsetOptional, nint quantScaleOptional, nint quantOffsetOptional, nint biasOptional, int antiquantGroupSize, nint y, ulong* workspaceSize, nint* executor)
    {
        try { return Operators.Plan("WeightQuantBatchMatmulV2", [unchecked((ulong)x), unchecked((ulong)weight), unchecked((ulong)antiquantScale), unchecked((ulong)antiquantOffsetOptional), unchecked((ulong)quantScaleOptional), unchecked((ulong)quantOffsetOptional), unchecked((ulong)biasOptional), unchecked((ulong)antiquantGroupSize), unchecked((ulong)y)], workspaceSize, executor); }
        catch (Exception e) { return Guard.Failed("aclnnWeightQuantBatchMatmulV2GetWorkspaceSize", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnWeightQuantBatchMatmulV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnWeightQuantBatchMatmulV2(nint workspace, ulong workspaceSize, nint executor, nint stream)
    {
        try { return Operators.Launch("WeightQuantBatchMatmulV2", workspace, workspaceSize, executor, stream); }
        catch (Exception e) { return Guard.Failed("aclnnWeightQuantBatchMatmulV2", e); }
    }

    [UnmanagedCallersOnly(EntryPoint = "aclnnCalculateMatmulWeightSizeV2", CallConvs = [typeof(CallConvCdecl)])]
    public static int aclnnCalculateMatmulWeightSizeV2(nint tensorShape, int dataType, ulong* weightTensorSize)
    {
        try { return Runtime.aclnnCalculateMatmulWeightSizeV2(tensorShape, dataType, weightTensorSize); }
        catch (Exception e) { return Guard.Failed("aclnnCalculateMatmulWeightSizeV2", e); }
    }

    /// <summary>Every export: symbol, library of CANN 8.1, address in this process.</summary>
    public static (string Name, string Library, nint Address)[] Table =>
    [
        ("aclInit", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<byte*, int>)&aclInit),
        ("aclFinalize", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int>)&aclFinalize),
        ("aclrtGetVersion", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int*, int*, int*, int>)&aclrtGetVersion),
        ("aclGetRecentErrMsg", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<byte*>)&aclGetRecentErrMsg),
        ("aclsysGetCANNVersion", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, nint, int>)&aclsysGetCANNVersion),
        ("aclrtPeekAtLastError", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int>)&aclrtPeekAtLastError),
        ("aclrtGetLastError", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int>)&aclrtGetLastError),
        ("aclrtCreateContext", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, int, int>)&aclrtCreateContext),
        ("aclrtDestroyContext", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtDestroyContext),
        ("aclrtSetCurrentContext", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtSetCurrentContext),
        ("aclrtGetCurrentContext", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&aclrtGetCurrentContext),
        ("aclrtCtxGetSysParamOpt", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, long*, int>)&aclrtCtxGetSysParamOpt),
        ("aclrtCtxSetSysParamOpt", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, long, int>)&aclrtCtxSetSysParamOpt),
        ("aclrtGetSysParamOpt", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, long*, int>)&aclrtGetSysParamOpt),
        ("aclrtSetSysParamOpt", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, long, int>)&aclrtSetSysParamOpt),
        ("aclrtSetDevice", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int>)&aclrtSetDevice),
        ("aclrtResetDevice", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int>)&aclrtResetDevice),
        ("aclrtGetDevice", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int*, int>)&aclrtGetDevice),
        ("aclrtGetRunMode", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int*, int>)&aclrtGetRunMode),
        ("aclrtSynchronizeDevice", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int>)&aclrtSynchronizeDevice),
        ("aclrtGetDeviceCount", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<uint*, int>)&aclrtGetDeviceCount),
        ("aclrtCreateEvent", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&aclrtCreateEvent),
        ("aclrtCreateEventWithFlag", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, uint, int>)&aclrtCreateEventWithFlag),
        ("aclrtCreateEventExWithFlag", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, uint, int>)&aclrtCreateEventExWithFlag),
        ("aclrtDestroyEvent", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtDestroyEvent),
        ("aclrtRecordEvent", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, int>)&aclrtRecordEvent),
        ("aclrtQueryEventStatus", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int*, int>)&aclrtQueryEventStatus),
        ("aclrtSynchronizeEvent", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtSynchronizeEvent),
        ("aclrtEventElapsedTime", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<float*, nint, nint, int>)&aclrtEventElapsedTime),
        ("aclrtMalloc", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, nuint, int, int>)&aclrtMalloc),
        ("aclrtFree", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtFree),
        ("aclrtMallocHost", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, nuint, int>)&aclrtMallocHost),
        ("aclrtFreeHost", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtFreeHost),
        ("aclrtMemcpy", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nuint, int, int>)&aclrtMemcpy),
        ("aclrtMemset", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, int, nuint, int>)&aclrtMemset),
        ("aclrtMemcpyAsync", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nuint, int, nint, int>)&aclrtMemcpyAsync),
        ("aclrtMemsetAsync", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, int, nuint, nint, int>)&aclrtMemsetAsync),
        ("aclrtCreateStream", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, int>)&aclrtCreateStream),
        ("aclrtCreateStreamWithConfig", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint*, uint, uint, int>)&aclrtCreateStreamWithConfig),
        ("aclrtDestroyStream", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtDestroyStream),
        ("aclrtSynchronizeStream", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclrtSynchronizeStream),
        ("aclrtSynchronizeStreamWithTimeout", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int, int>)&aclrtSynchronizeStreamWithTimeout),
        ("aclrtStreamQuery", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, int*, int>)&aclrtStreamQuery),
        ("aclrtStreamWaitEvent", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, int>)&aclrtStreamWaitEvent),
        ("aclrtDeviceCanAccessPeer", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int*, int, int, int>)&aclrtDeviceCanAccessPeer),
        ("aclrtDeviceEnablePeerAccess", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, uint, int>)&aclrtDeviceEnablePeerAccess),
        ("aclrtGetMemInfo", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, nuint*, nuint*, int>)&aclrtGetMemInfo),
        ("aclrtSetDeviceSatMode", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int>)&aclrtSetDeviceSatMode),
        ("aclrtGetSocName", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<byte*>)&aclrtGetSocName),
        ("aclGetCannAttribute", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<int, int*, int>)&aclGetCannAttribute),
        ("aclGetDeviceCapability", "libascendcl.so", (nint)(delegate* unmanaged[Cdecl]<uint, int, long*, int>)&aclGetDeviceCapability),
        ("aclnnInit", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<byte*, int>)&aclnnInit),
        ("aclnnFinalize", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<int>)&aclnnFinalize),
        ("aclCreateTensor", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<long*, ulong, int, long*, long, int, long*, ulong, nint, nint>)&aclCreateTensor),
        ("aclCreateScalar", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int, nint>)&aclCreateScalar),
        ("aclCreateIntArray", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<long*, ulong, nint>)&aclCreateIntArray),
        ("aclCreateTensorList", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint*, ulong, nint>)&aclCreateTensorList),
        ("aclCreateScalarList", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint*, ulong, nint>)&aclCreateScalarList),
        ("aclDestroyTensor", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyTensor),
        ("aclDestroyScalar", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyScalar),
        ("aclDestroyIntArray", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyIntArray),
        ("aclDestroyTensorList", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyTensorList),
        ("aclDestroyScalarList", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyScalarList),
        ("aclSetAclOpExecutorRepeatable", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclSetAclOpExecutorRepeatable),
        ("aclDestroyAclOpExecutor", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, int>)&aclDestroyAclOpExecutor),
        ("aclSetInputTensorAddr", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nint, int>)&aclSetInputTensorAddr),
        ("aclSetOutputTensorAddr", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nint, int>)&aclSetOutputTensorAddr),
        ("aclSetTensorAddr", "libnnopbase.so", (nint)(delegate* unmanaged[Cdecl]<nint, nuint, nint, nint, int>)&aclSetTensorAddr),
        ("aclnnMatmulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, sbyte, ulong*, nint*, int>)&aclnnMatmulGetWorkspaceSize),
        ("aclnnMatmul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMatmul),
        ("aclnnBatchMatMulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, sbyte, ulong*, nint*, int>)&aclnnBatchMatMulGetWorkspaceSize),
        ("aclnnBatchMatMul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnBatchMatMul),
        ("aclnnMmGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, sbyte, ulong*, nint*, int>)&aclnnMmGetWorkspaceSize),
        ("aclnnMm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMm),
        ("aclnnAddmmGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, sbyte, ulong*, nint*, int>)&aclnnAddmmGetWorkspaceSize),
        ("aclnnAddmm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAddmm),
        ("aclnnBaddbmmGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, sbyte, ulong*, nint*, int>)&aclnnBaddbmmGetWorkspaceSize),
        ("aclnnBaddbmm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnBaddbmm),
        ("aclnnTransMatmulWeightGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong*, nint*, int>)&aclnnTransMatmulWeightGetWorkspaceSize),
        ("aclnnTransMatmulWeight", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnTransMatmulWeight),
        ("aclnnAddGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnAddGetWorkspaceSize),
        ("aclnnAdd", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAdd),
        ("aclnnAddsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnAddsGetWorkspaceSize),
        ("aclnnAdds", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAdds),
        ("aclnnInplaceAddGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnInplaceAddGetWorkspaceSize),
        ("aclnnInplaceAdd", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceAdd),
        ("aclnnInplaceAddsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnInplaceAddsGetWorkspaceSize),
        ("aclnnInplaceAdds", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceAdds),
        ("aclnnSubGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnSubGetWorkspaceSize),
        ("aclnnSub", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSub),
        ("aclnnSubsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnSubsGetWorkspaceSize),
        ("aclnnSubs", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSubs),
        ("aclnnMulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnMulGetWorkspaceSize),
        ("aclnnMul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMul),
        ("aclnnMulsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnMulsGetWorkspaceSize),
        ("aclnnMuls", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMuls),
        ("aclnnInplaceMulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplaceMulGetWorkspaceSize),
        ("aclnnInplaceMul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceMul),
        ("aclnnInplaceMulsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplaceMulsGetWorkspaceSize),
        ("aclnnInplaceMuls", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceMuls),
        ("aclnnDivGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnDivGetWorkspaceSize),
        ("aclnnDiv", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnDiv),
        ("aclnnDivsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnDivsGetWorkspaceSize),
        ("aclnnDivs", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnDivs),
        ("aclnnInplaceDivGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplaceDivGetWorkspaceSize),
        ("aclnnInplaceDiv", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceDiv),
        ("aclnnNegGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnNegGetWorkspaceSize),
        ("aclnnNeg", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnNeg),
        ("aclnnAbsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnAbsGetWorkspaceSize),
        ("aclnnAbs", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAbs),
        ("aclnnExpGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnExpGetWorkspaceSize),
        ("aclnnExp", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnExp),
        ("aclnnLogGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnLogGetWorkspaceSize),
        ("aclnnLog", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLog),
        ("aclnnSqrtGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnSqrtGetWorkspaceSize),
        ("aclnnSqrt", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSqrt),
        ("aclnnRsqrtGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnRsqrtGetWorkspaceSize),
        ("aclnnRsqrt", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnRsqrt),
        ("aclnnReciprocalGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnReciprocalGetWorkspaceSize),
        ("aclnnReciprocal", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnReciprocal),
        ("aclnnPowTensorScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnPowTensorScalarGetWorkspaceSize),
        ("aclnnPowTensorScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnPowTensorScalar),
        ("aclnnInplacePowTensorScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplacePowTensorScalarGetWorkspaceSize),
        ("aclnnInplacePowTensorScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplacePowTensorScalar),
        ("aclnnPowTensorTensorGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnPowTensorTensorGetWorkspaceSize),
        ("aclnnPowTensorTensor", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnPowTensorTensor),
        ("aclnnSinGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnSinGetWorkspaceSize),
        ("aclnnSin", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSin),
        ("aclnnCosGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnCosGetWorkspaceSize),
        ("aclnnCos", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCos),
        ("aclnnTanhGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnTanhGetWorkspaceSize),
        ("aclnnTanh", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnTanh),
        ("aclnnTanhBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnTanhBackwardGetWorkspaceSize),
        ("aclnnTanhBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnTanhBackward),
        ("aclnnSigmoidGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnSigmoidGetWorkspaceSize),
        ("aclnnSigmoid", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSigmoid),
        ("aclnnSiluGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnSiluGetWorkspaceSize),
        ("aclnnSilu", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSilu),
        ("aclnnSiluBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnSiluBackwardGetWorkspaceSize),
        ("aclnnSiluBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSiluBackward),
        ("aclnnGeluGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnGeluGetWorkspaceSize),
        ("aclnnGelu", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGelu),
        ("aclnnGeluBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnGeluBackwardGetWorkspaceSize),
        ("aclnnGeluBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGeluBackward),
        ("aclnnSwiGluGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, ulong*, nint*, int>)&aclnnSwiGluGetWorkspaceSize),
        ("aclnnSwiGlu", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSwiGlu),
        ("aclnnSwiGluGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, long, nint, ulong*, nint*, int>)&aclnnSwiGluGradGetWorkspaceSize),
        ("aclnnSwiGluGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSwiGluGrad),
        ("aclnnErfGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnErfGetWorkspaceSize),
        ("aclnnErf", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnErf),
        ("aclnnAddcmulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnAddcmulGetWorkspaceSize),
        ("aclnnAddcmul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAddcmul),
        ("aclnnInplaceAddcmulGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnInplaceAddcmulGetWorkspaceSize),
        ("aclnnInplaceAddcmul", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceAddcmul),
        ("aclnnAddcdivGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnAddcdivGetWorkspaceSize),
        ("aclnnAddcdiv", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAddcdiv),
        ("aclnnInplaceAddcdivGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnInplaceAddcdivGetWorkspaceSize),
        ("aclnnInplaceAddcdiv", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceAddcdiv),
        ("aclnnLerpsGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnLerpsGetWorkspaceSize),
        ("aclnnLerps", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLerps),
        ("aclnnClampMinGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnClampMinGetWorkspaceSize),
        ("aclnnClampMin", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnClampMin),
        ("aclnnClampMaxGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnClampMaxGetWorkspaceSize),
        ("aclnnClampMax", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnClampMax),
        ("aclnnMaximumGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnMaximumGetWorkspaceSize),
        ("aclnnMaximum", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMaximum),
        ("aclnnMinimumGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnMinimumGetWorkspaceSize),
        ("aclnnMinimum", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMinimum),
        ("aclnnSignGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnSignGetWorkspaceSize),
        ("aclnnSign", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSign),
        ("aclnnSoftmaxGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, ulong*, nint*, int>)&aclnnSoftmaxGetWorkspaceSize),
        ("aclnnSoftmax", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSoftmax),
        ("aclnnSoftmaxBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, long, nint, ulong*, nint*, int>)&aclnnSoftmaxBackwardGetWorkspaceSize),
        ("aclnnSoftmaxBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSoftmaxBackward),
        ("aclnnLogSoftmaxGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, ulong*, nint*, int>)&aclnnLogSoftmaxGetWorkspaceSize),
        ("aclnnLogSoftmax", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLogSoftmax),
        ("aclnnRmsNormGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, double, nint, nint, ulong*, nint*, int>)&aclnnRmsNormGetWorkspaceSize),
        ("aclnnRmsNorm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnRmsNorm),
        ("aclnnRmsNormGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnRmsNormGradGetWorkspaceSize),
        ("aclnnRmsNormGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnRmsNormGrad),
        ("aclnnAddRmsNormGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, double, nint, nint, nint, ulong*, nint*, int>)&aclnnAddRmsNormGetWorkspaceSize),
        ("aclnnAddRmsNorm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAddRmsNorm),
        ("aclnnRotaryPositionEmbeddingGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, long, nint, ulong*, nint*, int>)&aclnnRotaryPositionEmbeddingGetWorkspaceSize),
        ("aclnnRotaryPositionEmbedding", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnRotaryPositionEmbedding),
        ("aclnnRotaryPositionEmbeddingGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, long, nint, nint, nint, ulong*, nint*, int>)&aclnnRotaryPositionEmbeddingGradGetWorkspaceSize),
        ("aclnnRotaryPositionEmbeddingGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnRotaryPositionEmbeddingGrad),
        ("aclnnFlashAttentionScoreGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, nint, double, double, long, long, long, byte*, long, long, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnFlashAttentionScoreGetWorkspaceSize),
        ("aclnnFlashAttentionScore", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnFlashAttentionScore),
        ("aclnnFlashAttentionVarLenScoreGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, double, double, long, long, long, byte*, long, long, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnFlashAttentionVarLenScoreGetWorkspaceSize),
        ("aclnnFlashAttentionVarLenScore", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnFlashAttentionVarLenScore),
        ("aclnnFlashAttentionScoreGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, double, double, long, long, long, byte*, long, long, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnFlashAttentionScoreGradGetWorkspaceSize),
        ("aclnnFlashAttentionScoreGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnFlashAttentionScoreGrad),
        ("aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, double, double, long, long, long, byte*, long, long, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnFlashAttentionUnpaddingScoreGradGetWorkspaceSize),
        ("aclnnFlashAttentionUnpaddingScoreGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnFlashAttentionUnpaddingScoreGrad),
        ("aclnnPromptFlashAttentionGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, long, double, long, long, byte*, long, nint, ulong*, nint*, int>)&aclnnPromptFlashAttentionGetWorkspaceSize),
        ("aclnnPromptFlashAttention", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnPromptFlashAttention),
        ("aclnnIncreFlashAttentionGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, long, double, byte*, long, nint, ulong*, nint*, int>)&aclnnIncreFlashAttentionGetWorkspaceSize),
        ("aclnnIncreFlashAttention", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnIncreFlashAttention),
        ("aclnnFusedInferAttentionScoreGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, nint, long, double, long, long, byte*, long, long, long, long, long, byte, nint, nint, ulong*, nint*, int>)&aclnnFusedInferAttentionScoreGetWorkspaceSize),
        ("aclnnFusedInferAttentionScore", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnFusedInferAttentionScore),
        ("aclnnEmbeddingGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnEmbeddingGetWorkspaceSize),
        ("aclnnEmbedding", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnEmbedding),
        ("aclnnEmbeddingDenseBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong, ulong, byte, nint, ulong*, nint*, int>)&aclnnEmbeddingDenseBackwardGetWorkspaceSize),
        ("aclnnEmbeddingDenseBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnEmbeddingDenseBackward),
        ("aclnnGatherV2GetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, nint, ulong*, nint*, int>)&aclnnGatherV2GetWorkspaceSize),
        ("aclnnGatherV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGatherV2),
        ("aclnnIndexSelectGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, nint, ulong*, nint*, int>)&aclnnIndexSelectGetWorkspaceSize),
        ("aclnnIndexSelect", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnIndexSelect),
        ("aclnnScatterAddGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, nint, nint, ulong*, nint*, int>)&aclnnScatterAddGetWorkspaceSize),
        ("aclnnScatterAdd", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnScatterAdd),
        ("aclnnIndexAddGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnIndexAddGetWorkspaceSize),
        ("aclnnIndexAdd", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnIndexAdd),
        ("aclnnInplaceIndexCopyGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, nint, ulong*, nint*, int>)&aclnnInplaceIndexCopyGetWorkspaceSize),
        ("aclnnInplaceIndexCopy", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceIndexCopy),
        ("aclnnInplaceMaskedFillScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnInplaceMaskedFillScalarGetWorkspaceSize),
        ("aclnnInplaceMaskedFillScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceMaskedFillScalar),
        ("aclnnCatGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, ulong*, nint*, int>)&aclnnCatGetWorkspaceSize),
        ("aclnnCat", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCat),
        ("aclnnCastGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, int, nint, ulong*, nint*, int>)&aclnnCastGetWorkspaceSize),
        ("aclnnCast", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCast),
        ("aclnnInplaceCopyGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplaceCopyGetWorkspaceSize),
        ("aclnnInplaceCopy", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceCopy),
        ("aclnnReduceSumGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte, int, nint, ulong*, nint*, int>)&aclnnReduceSumGetWorkspaceSize),
        ("aclnnReduceSum", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnReduceSum),
        ("aclnnMeanV2GetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte, byte, nint, ulong*, nint*, int>)&aclnnMeanV2GetWorkspaceSize),
        ("aclnnMeanV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMeanV2),
        ("aclnnAmaxGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte, nint, ulong*, nint*, int>)&aclnnAmaxGetWorkspaceSize),
        ("aclnnAmax", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAmax),
        ("aclnnMaxDimGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, byte, nint, nint, ulong*, nint*, int>)&aclnnMaxDimGetWorkspaceSize),
        ("aclnnMaxDim", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnMaxDim),
        ("aclnnArgMaxGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, byte, nint, ulong*, nint*, int>)&aclnnArgMaxGetWorkspaceSize),
        ("aclnnArgMax", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnArgMax),
        ("aclnnTopkGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, long, byte, byte, nint, nint, ulong*, nint*, int>)&aclnnTopkGetWorkspaceSize),
        ("aclnnTopk", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnTopk),
        ("aclnnSortGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, byte, long, byte, nint, nint, ulong*, nint*, int>)&aclnnSortGetWorkspaceSize),
        ("aclnnSort", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSort),
        ("aclnnCumsumGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, int, nint, ulong*, nint*, int>)&aclnnCumsumGetWorkspaceSize),
        ("aclnnCumsum", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCumsum),
        ("aclnnAllGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte, nint, ulong*, nint*, int>)&aclnnAllGetWorkspaceSize),
        ("aclnnAll", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAll),
        ("aclnnAnyGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, byte, nint, ulong*, nint*, int>)&aclnnAnyGetWorkspaceSize),
        ("aclnnAny", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnAny),
        ("aclnnSWhereGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, ulong*, nint*, int>)&aclnnSWhereGetWorkspaceSize),
        ("aclnnSWhere", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnSWhere),
        ("aclnnEqTensorGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnEqTensorGetWorkspaceSize),
        ("aclnnEqTensor", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnEqTensor),
        ("aclnnEqScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnEqScalarGetWorkspaceSize),
        ("aclnnEqScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnEqScalar),
        ("aclnnLtTensorGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnLtTensorGetWorkspaceSize),
        ("aclnnLtTensor", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLtTensor),
        ("aclnnLtScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnLtScalarGetWorkspaceSize),
        ("aclnnLtScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLtScalar),
        ("aclnnGtTensorGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnGtTensorGetWorkspaceSize),
        ("aclnnGtTensor", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGtTensor),
        ("aclnnGtScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnGtScalarGetWorkspaceSize),
        ("aclnnGtScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGtScalar),
        ("aclnnGeScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnGeScalarGetWorkspaceSize),
        ("aclnnGeScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnGeScalar),
        ("aclnnIsFiniteGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnIsFiniteGetWorkspaceSize),
        ("aclnnIsFinite", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnIsFinite),
        ("aclnnNanToNumGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, float, float, float, nint, ulong*, nint*, int>)&aclnnNanToNumGetWorkspaceSize),
        ("aclnnNanToNum", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnNanToNum),
        ("aclnnLogicalAndGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnLogicalAndGetWorkspaceSize),
        ("aclnnLogicalAnd", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLogicalAnd),
        ("aclnnLogicalOrGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnLogicalOrGetWorkspaceSize),
        ("aclnnLogicalOr", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLogicalOr),
        ("aclnnLogicalNotGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnLogicalNotGetWorkspaceSize),
        ("aclnnLogicalNot", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnLogicalNot),
        ("aclnnTriuGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, long, nint, ulong*, nint*, int>)&aclnnTriuGetWorkspaceSize),
        ("aclnnTriu", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnTriu),
        ("aclnnInplaceFillScalarGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, ulong*, nint*, int>)&aclnnInplaceFillScalarGetWorkspaceSize),
        ("aclnnInplaceFillScalar", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceFillScalar),
        ("aclnnInplaceZeroGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong*, nint*, int>)&aclnnInplaceZeroGetWorkspaceSize),
        ("aclnnInplaceZero", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnInplaceZero),
        ("aclnnDropoutDoMaskGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, double, nint, ulong*, nint*, int>)&aclnnDropoutDoMaskGetWorkspaceSize),
        ("aclnnDropoutDoMask", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnDropoutDoMask),
        ("aclnnNLLLossGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, long, long, nint, nint, ulong*, nint*, int>)&aclnnNLLLossGetWorkspaceSize),
        ("aclnnNLLLoss", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnNLLLoss),
        ("aclnnNLLLossBackwardGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, long, long, nint, nint, ulong*, nint*, int>)&aclnnNLLLossBackwardGetWorkspaceSize),
        ("aclnnNLLLossBackward", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnNLLLossBackward),
        ("aclnnCrossEntropyLossGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, byte*, long, double, double, byte, nint, nint, nint, nint, ulong*, nint*, int>)&aclnnCrossEntropyLossGetWorkspaceSize),
        ("aclnnCrossEntropyLoss", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCrossEntropyLoss),
        ("aclnnCrossEntropyLossGradGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, byte*, long, double, double, nint, ulong*, nint*, int>)&aclnnCrossEntropyLossGradGetWorkspaceSize),
        ("aclnnCrossEntropyLossGrad", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnCrossEntropyLossGrad),
        ("aclnnApplyAdamWV2GetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, float, float, float, float, float, byte, byte, ulong*, nint*, int>)&aclnnApplyAdamWV2GetWorkspaceSize),
        ("aclnnApplyAdamWV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnApplyAdamWV2),
        ("aclnnForeachNormGetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnForeachNormGetWorkspaceSize),
        ("aclnnForeachNorm", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnForeachNorm),
        ("aclnnForeachMulScalarV2GetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnForeachMulScalarV2GetWorkspaceSize),
        ("aclnnForeachMulScalarV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnForeachMulScalarV2),
        ("aclnnForeachNonFiniteCheckAndUnscaleGetWorkspaceSize", "libopapi_nn.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, ulong*, nint*, int>)&aclnnForeachNonFiniteCheckAndUnscaleGetWorkspaceSize),
        ("aclnnForeachNonFiniteCheckAndUnscale", "libopapi_nn.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnForeachNonFiniteCheckAndUnscale),
        ("aclnnWeightQuantBatchMatmulV2GetWorkspaceSize", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, nint, nint, nint, nint, nint, nint, int, nint, ulong*, nint*, int>)&aclnnWeightQuantBatchMatmulV2GetWorkspaceSize),
        ("aclnnWeightQuantBatchMatmulV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, ulong, nint, nint, int>)&aclnnWeightQuantBatchMatmulV2),
        ("aclnnCalculateMatmulWeightSizeV2", "libopapi.so", (nint)(delegate* unmanaged[Cdecl]<nint, int, ulong*, int>)&aclnnCalculateMatmulWeightSizeV2),
    ];

    /// <summary>Names and C types of each operator's arguments.</summary>
    public static readonly Dictionary<string, (string Name, string CType)[]> Signatures = new(StringComparer.Ordinal)
    {
        ["Matmul"] = [("self", "aclTensor*"), ("mat2", "aclTensor*"), ("out", "aclTensor*"), ("cubeMathType", "int8_t")],
        ["BatchMatMul"] = [("self", "aclTensor*"), ("mat2", "aclTensor*"), ("out", "aclTensor*"), ("cubeMathType", "int8_t")],
        ["Mm"] = [("self", "aclTensor*"), ("mat2", "aclTensor*"), ("out", "aclTensor*"), ("cubeMathType", "int8_t")],
        ["Addmm"] = [("self", "aclTensor*"), ("mat1", "aclTensor*"), ("mat2", "aclTensor*"), ("beta", "aclScalar*"), ("alpha", "aclScalar*"), ("out", "aclTensor*"), ("cubeMathType", "int8_t")],
        ["Baddbmm"] = [("self", "aclTensor*"), ("batch1", "aclTensor*"), ("batch2", "aclTensor*"), ("beta", "aclScalar*"), ("alpha", "aclScalar*"), ("out", "aclTensor*"), ("cubeMathType", "int8_t")],
        ["TransMatmulWeight"] = [("mmWeightRef", "aclTensor*")],
        ["Add"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("alpha", "aclScalar*"), ("out", "aclTensor*")],
        ["Adds"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("alpha", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceAdd"] = [("selfRef", "aclTensor*"), ("other", "aclTensor*"), ("alpha", "aclScalar*")],
        ["InplaceAdds"] = [("selfRef", "aclTensor*"), ("other", "aclScalar*"), ("alpha", "aclScalar*")],
        ["Sub"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("alpha", "aclScalar*"), ("out", "aclTensor*")],
        ["Subs"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("alpha", "aclScalar*"), ("out", "aclTensor*")],
        ["Mul"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["Muls"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceMul"] = [("selfRef", "aclTensor*"), ("other", "aclTensor*")],
        ["InplaceMuls"] = [("selfRef", "aclTensor*"), ("other", "aclScalar*")],
        ["Div"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["Divs"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceDiv"] = [("selfRef", "aclTensor*"), ("other", "aclTensor*")],
        ["Neg"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Abs"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Exp"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Log"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Sqrt"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Rsqrt"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Reciprocal"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["PowTensorScalar"] = [("self", "aclTensor*"), ("exponent", "aclScalar*"), ("out", "aclTensor*")],
        ["InplacePowTensorScalar"] = [("self", "aclTensor*"), ("exponent", "aclScalar*")],
        ["PowTensorTensor"] = [("self", "aclTensor*"), ("exponent", "aclTensor*"), ("out", "aclTensor*")],
        ["Sin"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Cos"] = [("input", "aclTensor*"), ("out", "aclTensor*")],
        ["Tanh"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["TanhBackward"] = [("gradOutput", "aclTensor*"), ("output", "aclTensor*"), ("gradInput", "aclTensor*")],
        ["Sigmoid"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Silu"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["SiluBackward"] = [("gradOutput", "aclTensor*"), ("self", "aclTensor*"), ("gradInput", "aclTensor*")],
        ["Gelu"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["GeluBackward"] = [("gradOutput", "aclTensor*"), ("self", "aclTensor*"), ("gradInput", "aclTensor*")],
        ["SwiGlu"] = [("x", "aclTensor*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["SwiGluGrad"] = [("yGrad", "aclTensor*"), ("x", "aclTensor*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["Erf"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Addcmul"] = [("self", "aclTensor*"), ("tensor1", "aclTensor*"), ("tensor2", "aclTensor*"), ("value", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceAddcmul"] = [("selfRef", "aclTensor*"), ("tensor1", "aclTensor*"), ("tensor2", "aclTensor*"), ("value", "aclScalar*")],
        ["Addcdiv"] = [("self", "aclTensor*"), ("tensor1", "aclTensor*"), ("tensor2", "aclTensor*"), ("value", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceAddcdiv"] = [("selfRef", "aclTensor*"), ("tensor1", "aclTensor*"), ("tensor2", "aclTensor*"), ("value", "aclScalar*")],
        ["Lerps"] = [("self", "aclTensor*"), ("end", "aclTensor*"), ("weight", "aclScalar*"), ("out", "aclTensor*")],
        ["ClampMin"] = [("self", "aclTensor*"), ("clipValueMin", "aclScalar*"), ("out", "aclTensor*")],
        ["ClampMax"] = [("self", "aclTensor*"), ("clipValueMax", "aclScalar*"), ("out", "aclTensor*")],
        ["Maximum"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["Minimum"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["Sign"] = [("self", "aclTensor*"), ("result", "aclTensor*")],
        ["Softmax"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["SoftmaxBackward"] = [("gradOutput", "aclTensor*"), ("output", "aclTensor*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["LogSoftmax"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["RmsNorm"] = [("x", "aclTensor*"), ("gamma", "aclTensor*"), ("epsilon", "double"), ("yOut", "aclTensor*"), ("rstdOut", "aclTensor*")],
        ["RmsNormGrad"] = [("dy", "aclTensor*"), ("x", "aclTensor*"), ("rstd", "aclTensor*"), ("gamma", "aclTensor*"), ("dxOut", "aclTensor*"), ("dgammaOut", "aclTensor*")],
        ["AddRmsNorm"] = [("x1", "aclTensor*"), ("x2", "aclTensor*"), ("gamma", "aclTensor*"), ("epsilon", "double"), ("yOut", "aclTensor*"), ("rstdOut", "aclTensor*"), ("xOut", "aclTensor*")],
        ["RotaryPositionEmbedding"] = [("x", "aclTensor*"), ("cos", "aclTensor*"), ("sin", "aclTensor*"), ("mode", "int64_t"), ("out", "aclTensor*")],
        ["RotaryPositionEmbeddingGrad"] = [("dy", "aclTensor*"), ("cos", "aclTensor*"), ("sin", "aclTensor*"), ("xOptional", "aclTensor*"), ("mode", "int64_t"), ("dxOut", "aclTensor*"), ("dcosOut", "aclTensor*"), ("dsinOut", "aclTensor*")],
        ["FlashAttentionScore"] = [("query", "aclTensor*"), ("key", "aclTensor*"), ("value", "aclTensor*"), ("realShiftOptional", "aclTensor*"), ("dropMaskOptional", "aclTensor*"), ("paddingMaskOptional", "aclTensor*"), ("attenMaskOptional", "aclTensor*"), ("prefixOptional", "aclIntArray*"), ("scaleValue", "double"), ("keepProb", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("headNum", "int64_t"), ("inputLayout", "char*"), ("innerPrecise", "int64_t"), ("sparseMode", "int64_t"), ("softmaxMaxOut", "aclTensor*"), ("softmaxSumOut", "aclTensor*"), ("softmaxOutOut", "aclTensor*"), ("attentionOutOut", "aclTensor*")],
        ["FlashAttentionVarLenScore"] = [("query", "aclTensor*"), ("key", "aclTensor*"), ("value", "aclTensor*"), ("realShiftOptional", "aclTensor*"), ("dropMaskOptional", "aclTensor*"), ("paddingMaskOptional", "aclTensor*"), ("attenMaskOptional", "aclTensor*"), ("prefixOptional", "aclIntArray*"), ("actualSeqQLenOptional", "aclIntArray*"), ("actualSeqKvLenOptional", "aclIntArray*"), ("scaleValue", "double"), ("keepProb", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("headNum", "int64_t"), ("inputLayout", "char*"), ("innerPrecise", "int64_t"), ("sparseMode", "int64_t"), ("softmaxMaxOut", "aclTensor*"), ("softmaxSumOut", "aclTensor*"), ("softmaxOutOut", "aclTensor*"), ("attentionOutOut", "aclTensor*")],
        ["FlashAttentionScoreGrad"] = [("query", "aclTensor*"), ("keyIn", "aclTensor*"), ("value", "aclTensor*"), ("dy", "aclTensor*"), ("pseShiftOptional", "aclTensor*"), ("dropMaskOptional", "aclTensor*"), ("paddingMaskOptional", "aclTensor*"), ("attenMaskOptional", "aclTensor*"), ("softmaxMaxOptional", "aclTensor*"), ("softmaxSumOptional", "aclTensor*"), ("softmaxInOptional", "aclTensor*"), ("attentionInOptional", "aclTensor*"), ("prefixOptional", "aclIntArray*"), ("scaleValue", "double"), ("keepProb", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("headNum", "int64_t"), ("inputLayout", "char*"), ("innerPrecise", "int64_t"), ("sparseMode", "int64_t"), ("dqOut", "aclTensor*"), ("dkOut", "aclTensor*"), ("dvOut", "aclTensor*"), ("dpseOut", "aclTensor*")],
        ["FlashAttentionUnpaddingScoreGrad"] = [("query", "aclTensor*"), ("keyIn", "aclTensor*"), ("value", "aclTensor*"), ("dy", "aclTensor*"), ("pseShiftOptional", "aclTensor*"), ("dropMaskOptional", "aclTensor*"), ("paddingMaskOptional", "aclTensor*"), ("attenMaskOptional", "aclTensor*"), ("softmaxMaxOptional", "aclTensor*"), ("softmaxSumOptional", "aclTensor*"), ("softmaxInOptional", "aclTensor*"), ("attentionInOptional", "aclTensor*"), ("prefixOptional", "aclIntArray*"), ("actualSeqQLenOptional", "aclIntArray*"), ("actualSeqKvLenOptional", "aclIntArray*"), ("scaleValue", "double"), ("keepProb", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("headNum", "int64_t"), ("inputLayout", "char*"), ("innerPrecise", "int64_t"), ("sparseMode", "int64_t"), ("dqOut", "aclTensor*"), ("dkOut", "aclTensor*"), ("dvOut", "aclTensor*"), ("dpseOut", "aclTensor*")],
        ["PromptFlashAttention"] = [("query", "aclTensor*"), ("key", "aclTensor*"), ("value", "aclTensor*"), ("pseShift", "aclTensor*"), ("attenMask", "aclTensor*"), ("actualSeqLengths", "aclIntArray*"), ("numHeads", "int64_t"), ("scaleValue", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("inputLayout", "char*"), ("numKeyValueHeads", "int64_t"), ("attentionOut", "aclTensor*")],
        ["IncreFlashAttention"] = [("query", "aclTensor*"), ("key", "aclTensorList*"), ("value", "aclTensorList*"), ("pseShift", "aclTensor*"), ("attenMask", "aclTensor*"), ("actualSeqLengths", "aclIntArray*"), ("numHeads", "int64_t"), ("scaleValue", "double"), ("inputLayout", "char*"), ("numKeyValueHeads", "int64_t"), ("attentionOut", "aclTensor*")],
        ["FusedInferAttentionScore"] = [("query", "aclTensor*"), ("key", "aclTensorList*"), ("value", "aclTensorList*"), ("pseShift", "aclTensor*"), ("attenMask", "aclTensor*"), ("actualSeqLengths", "aclIntArray*"), ("actualSeqLengthsKv", "aclIntArray*"), ("deqScale1", "aclTensor*"), ("quantScale1", "aclTensor*"), ("deqScale2", "aclTensor*"), ("quantScale2", "aclTensor*"), ("quantOffset2", "aclTensor*"), ("antiquantScale", "aclTensor*"), ("antiquantOffset", "aclTensor*"), ("blockTable", "aclTensor*"), ("queryPaddingSize", "aclTensor*"), ("kvPaddingSize", "aclTensor*"), ("numHeads", "int64_t"), ("scaleValue", "double"), ("preTokens", "int64_t"), ("nextTokens", "int64_t"), ("inputLayout", "char*"), ("numKeyValueHeads", "int64_t"), ("sparseMode", "int64_t"), ("innerPrecise", "int64_t"), ("blockSize", "int64_t"), ("antiquantMode", "int64_t"), ("softmaxLseFlag", "bool"), ("attentionOut", "aclTensor*"), ("softmaxLse", "aclTensor*")],
        ["Embedding"] = [("weight", "aclTensor*"), ("indices", "aclTensor*"), ("out", "aclTensor*")],
        ["EmbeddingDenseBackward"] = [("grad", "aclTensor*"), ("indices", "aclTensor*"), ("numWeights", "uint64_t"), ("paddingIdx", "uint64_t"), ("scaleGradByFreq", "bool"), ("out", "aclTensor*")],
        ["GatherV2"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("index", "aclTensor*"), ("out", "aclTensor*")],
        ["IndexSelect"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("index", "aclTensor*"), ("out", "aclTensor*")],
        ["ScatterAdd"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("index", "aclTensor*"), ("src", "aclTensor*"), ("out", "aclTensor*")],
        ["IndexAdd"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("index", "aclTensor*"), ("source", "aclTensor*"), ("alpha", "aclScalar*"), ("out", "aclTensor*")],
        ["InplaceIndexCopy"] = [("selfRef", "aclTensor*"), ("dim", "int64_t"), ("index", "aclTensor*"), ("source", "aclTensor*")],
        ["InplaceMaskedFillScalar"] = [("selfRef", "aclTensor*"), ("mask", "aclTensor*"), ("value", "aclScalar*")],
        ["Cat"] = [("tensors", "aclTensorList*"), ("dim", "int64_t"), ("out", "aclTensor*")],
        ["Cast"] = [("self", "aclTensor*"), ("dtype", "aclDataType"), ("out", "aclTensor*")],
        ["InplaceCopy"] = [("selfRef", "aclTensor*"), ("src", "aclTensor*")],
        ["ReduceSum"] = [("self", "aclTensor*"), ("dims", "aclIntArray*"), ("keepDims", "bool"), ("dtype", "aclDataType"), ("out", "aclTensor*")],
        ["MeanV2"] = [("self", "aclTensor*"), ("dim", "aclIntArray*"), ("keepDim", "bool"), ("noopWithEmptyAxes", "bool"), ("out", "aclTensor*")],
        ["Amax"] = [("self", "aclTensor*"), ("dim", "aclIntArray*"), ("keepDim", "bool"), ("out", "aclTensor*")],
        ["MaxDim"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("keepdim", "bool"), ("out", "aclTensor*"), ("indices", "aclTensor*")],
        ["ArgMax"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("keepdim", "bool"), ("out", "aclTensor*")],
        ["Topk"] = [("self", "aclTensor*"), ("k", "int64_t"), ("dim", "int64_t"), ("largest", "bool"), ("sorted", "bool"), ("valuesOut", "aclTensor*"), ("indicesOut", "aclTensor*")],
        ["Sort"] = [("self", "aclTensor*"), ("stable", "bool"), ("dim", "int64_t"), ("descending", "bool"), ("valuesOut", "aclTensor*"), ("indicesOut", "aclTensor*")],
        ["Cumsum"] = [("self", "aclTensor*"), ("dim", "int64_t"), ("dtype", "aclDataType"), ("out", "aclTensor*")],
        ["All"] = [("self", "aclTensor*"), ("dim", "aclIntArray*"), ("keepdim", "bool"), ("out", "aclTensor*")],
        ["Any"] = [("self", "aclTensor*"), ("dim", "aclIntArray*"), ("keepdim", "bool"), ("out", "aclTensor*")],
        ["SWhere"] = [("condition", "aclTensor*"), ("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["EqTensor"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["EqScalar"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["LtTensor"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["LtScalar"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["GtTensor"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["GtScalar"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["GeScalar"] = [("self", "aclTensor*"), ("other", "aclScalar*"), ("out", "aclTensor*")],
        ["IsFinite"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["NanToNum"] = [("self", "aclTensor*"), ("nan", "float"), ("posinf", "float"), ("neginf", "float"), ("out", "aclTensor*")],
        ["LogicalAnd"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["LogicalOr"] = [("self", "aclTensor*"), ("other", "aclTensor*"), ("out", "aclTensor*")],
        ["LogicalNot"] = [("self", "aclTensor*"), ("out", "aclTensor*")],
        ["Triu"] = [("self", "aclTensor*"), ("diagonal", "int64_t"), ("out", "aclTensor*")],
        ["InplaceFillScalar"] = [("selfRef", "aclTensor*"), ("value", "aclScalar*")],
        ["InplaceZero"] = [("selfRef", "aclTensor*")],
        ["DropoutDoMask"] = [("self", "aclTensor*"), ("mask", "aclTensor*"), ("prob", "double"), ("out", "aclTensor*")],
        ["NLLLoss"] = [("self", "aclTensor*"), ("target", "aclTensor*"), ("weight", "aclTensor*"), ("reduction", "int64_t"), ("ignoreIndex", "int64_t"), ("out", "aclTensor*"), ("totalWeightOut", "aclTensor*")],
        ["NLLLossBackward"] = [("gradOutput", "aclTensor*"), ("self", "aclTensor*"), ("target", "aclTensor*"), ("weight", "aclTensor*"), ("reduction", "int64_t"), ("ignoreIndex", "int64_t"), ("totalWeight", "aclTensor*"), ("out", "aclTensor*")],
        ["CrossEntropyLoss"] = [("input", "aclTensor*"), ("target", "aclTensor*"), ("weightOptional", "aclTensor*"), ("reductionOptional", "char*"), ("ignoreIndex", "int64_t"), ("labelSmoothing", "double"), ("lseSquareScaleForZloss", "double"), ("returnZloss", "bool"), ("lossOut", "aclTensor*"), ("logProbOut", "aclTensor*"), ("zlossOut", "aclTensor*"), ("lseForZlossOut", "aclTensor*")],
        ["CrossEntropyLossGrad"] = [("gradLoss", "aclTensor*"), ("logProb", "aclTensor*"), ("target", "aclTensor*"), ("weightOptional", "aclTensor*"), ("gradZlossOptional", "aclTensor*"), ("lseForZlossOptional", "aclTensor*"), ("reductionOptional", "char*"), ("ignoreIndex", "int64_t"), ("labelSmoothing", "double"), ("lseSquareScaleForZloss", "double"), ("out", "aclTensor*")],
        ["ApplyAdamWV2"] = [("varRef", "aclTensor*"), ("mRef", "aclTensor*"), ("vRef", "aclTensor*"), ("maxGradNormOptionalRef", "aclTensor*"), ("grad", "aclTensor*"), ("step", "aclTensor*"), ("lr", "float"), ("beta1", "float"), ("beta2", "float"), ("weightDecay", "float"), ("eps", "float"), ("amsgrad", "bool"), ("maximize", "bool")],
        ["ForeachNorm"] = [("x", "aclTensorList*"), ("scalar", "aclScalar*"), ("out", "aclTensorList*")],
        ["ForeachMulScalarV2"] = [("x", "aclTensorList*"), ("scalar", "aclScalar*"), ("out", "aclTensorList*")],
        ["ForeachNonFiniteCheckAndUnscale"] = [("scaledGrads", "aclTensorList*"), ("foundInf", "aclTensor*"), ("invScale", "aclTensor*")],
        ["WeightQuantBatchMatmulV2"] = [("x", "aclTensor*"), ("weight", "aclTensor*"), ("antiquantScale", "aclTensor*"), ("antiquantOffsetOptional", "aclTensor*"), ("quantScaleOptional", "aclTensor*"), ("quantOffsetOptional", "aclTensor*"), ("biasOptional", "aclTensor*"), ("antiquantGroupSize", "int32_t"), ("y", "aclTensor*")],
    };
}
