using AutoDim.Serving.Scoring;
using Grpc.Core;

namespace AutoDim.Serving.Rpc;

/// <summary>A problem as gRPC tells it: a status, with what is wrong and what to send instead as its text.</summary>
internal sealed class RefusedCall(RequestProblem problem) : RpcException(new Status(CodeOf(problem.Status), problem.Text))
{
    public RequestProblem Problem => problem;

    private static StatusCode CodeOf(int status) => status switch
    {
        400 or 413 => StatusCode.InvalidArgument,
        401 => StatusCode.Unauthenticated,
        429 => StatusCode.ResourceExhausted,
        503 => StatusCode.Unavailable,
        _ => StatusCode.Internal,
    };
}
