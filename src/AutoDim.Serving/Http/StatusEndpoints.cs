using System.Text.Json;
using AutoDim.Serving.Scoring;
using Microsoft.AspNetCore.Http;

namespace AutoDim.Serving.Http;

/// <summary>/health, /ready, /model, /metrics, /openapi.json, the page, and what administrators ask for.</summary>
internal sealed class StatusEndpoints(ModelSlot slot, ServingMetrics metrics)
{
    private static readonly byte[] PageBytes = ReadPage();

    /// <summary>The process lives and answers.</summary>
    public static Task Health(HttpContext context) => WriteJson(context, static json => json.WriteString("status", "alive"));

    /// <summary>A model answers.</summary>
    public Task Ready(HttpContext context) => WithModel(context, (json, model) =>
    {
        json.WriteString("status", "ready");
        json.WriteString("model", model.Version);
        json.WriteBoolean("verified", model.IsVerified);
    });

    /// <summary>What the model is.</summary>
    public Task Model(HttpContext context) => WithModel(context, (json, model) => ModelDescription.Write(json, model, slot.Previous, slot.Problem));

    public Task OpenApi(HttpContext context)
    {
        var model = slot.Hold();
        try
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(OpenApiDocument.Text(model), context.RequestAborted);
        }
        finally
        {
            model?.Release();
        }
    }

    public Task Metrics(HttpContext context)
    {
        var model = slot.Hold();
        try
        {
            context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
            return context.Response.WriteAsync(PrometheusText.Of(metrics, model), context.RequestAborted);
        }
        finally
        {
            model?.Release();
        }
    }

    public static Task Page(HttpContext context)
    {
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        return context.Response.Body.WriteAsync(PageBytes, context.RequestAborted).AsTask();
    }

    /// <summary>Loads what the folder holds now.</summary>
    public async Task Reload(HttpContext context) => await Changed(context, await Task.Run(slot.Reload).ConfigureAwait(false), 422).ConfigureAwait(false);

    /// <summary>Goes back to the version before.</summary>
    public Task Rollback(HttpContext context) => Changed(context, slot.Rollback(), 409);

    private Task Changed(HttpContext context, string? problem, int status) => problem == null ? Ready(context) : new RequestProblem(status, problem).Write(context);

    private Task WithModel(HttpContext context, Action<Utf8JsonWriter, ServedModel> write)
    {
        var model = slot.Hold();
        if (model == null) return new RequestProblem(503, $"no model can answer: {slot.Problem}").Write(context);
        try
        {
            return WriteJson(context, json => write(json, model));
        }
        finally
        {
            model.Release();
        }
    }

    /// <summary>Writes an object; what it is made of is read before this returns.</summary>
    private static Task WriteJson(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, ProblemAnswer.Readable))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return context.Response.BodyWriter.FlushAsync(context.RequestAborted).AsTask();
    }

    private static byte[] ReadPage()
    {
        using var stream = typeof(StatusEndpoints).Assembly.GetManifestResourceStream("page.html")!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
