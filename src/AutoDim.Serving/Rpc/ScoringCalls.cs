using AutoDim.Export;
using AutoDim.Serving.Scoring;
using Grpc.Core;

namespace AutoDim.Serving.Rpc;

/// <summary>The calls of scoring.proto, by the scorer and within the limits of the requests over HTTP.</summary>
internal sealed class ScoringCalls(RequestScoring scoring, ServingOptions options) : ScoringService.ScoringServiceBase
{
    public override async Task<ScoreReply> Score(ScoreRequest request, ServerCallContext context)
    {
        var reply = new ScoreReply();
        await Answer(context, (model, rows) => Reader(model).Read(request.Rows, rows), (model, job) =>
        {
            reply.Model = model.Version;
            for (var row = 0; row < job.Logits.Length; row++) reply.Probabilities.Add(job.Probability(row));
        }).ConfigureAwait(false);
        return reply;
    }

    public override async Task<RankReply> Rank(RankRequest request, ServerCallContext context)
    {
        var reply = new RankReply();
        var top = request.Top == 0 ? int.MaxValue : (int)Math.Min(request.Top, int.MaxValue);
        await Answer(context, (model, rows) => scoring.WithRow(model, shared => Reader(model).Read(request.Candidates, rows, request.Shared ?? new Row(), shared)), (model, job) =>
        {
            reply.Model = model.Version;
            reply.Candidates.Add(job.Ranked(top, !request.KeepOrder).Select(place => new RankedCandidate { Index = (uint)place, Probability = job.Probability(place) }));
        }).ConfigureAwait(false);
        return reply;
    }

    public override async Task<ExplainReply> Explain(ExplainRequest request, ServerCallContext context)
    {
        var reply = new ExplainReply();
        Explanation? explanation = null;
        await Answer(
            context,
            (model, rows) => scoring.WithRow(model, row =>
            {
                var problem = Reader(model).Read([request.Row ?? new Row()], row);
                if (problem == null) explanation = Explanation.Of(model, row, rows);
                return problem == null ? null : problem with { Row = null };
            }),
            (model, job) =>
            {
                (reply.Model, reply.Probability, reply.Logit) = (model.Version, job.Probability(0), job.Logits[0]);
                foreach (var (name, isUnseen, bytes, contribution) in explanation!.Fields(job.Logits))
                {
                    var field = new ExplainedField { Name = name, Unseen = isUnseen, Bytes = bytes };
                    if (contribution is { } added) field.Contribution = added;
                    reply.Fields.Add(field);
                }
            }).ConfigureAwait(false);
        return reply;
    }

    private MessageRows Reader(ServedModel model) => new(model.Encoder, options.MaxRows);

    private async Task Answer(ServerCallContext context, Func<ServedModel, EncodedRows, RequestProblem?> read, Action<ServedModel, ScoringJob> answer)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        timeout.CancelAfter(options.TimeoutMs);
        var problem = await scoring.Answer(
            read,
            (model, job) =>
            {
                answer(model, job);
                return Task.CompletedTask;
            },
            timeout.Token,
            context.CancellationToken).ConfigureAwait(false);
        if (problem != null) throw new RefusedCall(problem);
        context.CancellationToken.ThrowIfCancellationRequested();
    }
}
