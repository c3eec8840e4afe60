using System.Globalization;
using System.Text;
using AutoDim.Serving.Scoring;

namespace AutoDim.Serving.Http;

/// <summary>The metrics in Prometheus' text format, version 0.0.4.</summary>
internal static class PrometheusText
{
    public static string Of(ServingMetrics metrics, ServedModel? model)
    {
        var text = new StringBuilder();
        Head("autodim_requests_total", "counter", "requests answered, by path and status");
        foreach (var ((path, status), count) in metrics.Requests.OrderBy(item => item.Key)) Line("autodim_requests_total", $"path=\"{path}\",status=\"{status}\"", count.Value);
        Head("autodim_request_duration_seconds", "histogram", "time from a request's head to its answer");
        foreach (var (path, latencies) in metrics.Durations.OrderBy(item => item.Key)) Histogram(path, latencies);
        One("autodim_rows_total", "counter", "rows scored", metrics.Rows);
        One("autodim_batches_total", "counter", "batches scored", metrics.Batches);
        One("autodim_batch_rows_total", "counter", "rows of those batches", metrics.BatchRows);
        One("autodim_rejected_total", "counter", "requests answered 429, for a full queue", metrics.Rejected);
        One("autodim_queue_rows", "gauge", "rows that wait", metrics.QueuedRows());
        Head("autodim_unseen_values_total", "counter", "values that training did not have, which share a row, by field");
        foreach (var (field, count) in metrics.Unseen.OrderBy(item => item.Key, StringComparer.Ordinal)) Line("autodim_unseen_values_total", $"field=\"{Escape(field)}\"", count.Value);
        One("autodim_reloads_total", "counter", "new versions loaded", metrics.Reloads);
        One("autodim_reloads_refused_total", "counter", "new versions refused", metrics.RefusedReloads);
        Head("autodim_model_info", "gauge", "the version that answers");
        if (model != null) Line("autodim_model_info", $"model=\"{Escape(model.Manifest.Model)}\",version=\"{model.Version}\"", 1);
        One("process_resident_memory_bytes", "gauge", "resident memory, mapped tables included", Environment.WorkingSet);
        return text.ToString();

        void Head(string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");

        void Line(string name, string labels, double value) => text.Append(CultureInfo.InvariantCulture, $"{name}{(labels.Length > 0 ? $"{{{labels}}}" : "")} {value}\n");

        void One(string name, string type, string help, long value)
        {
            Head(name, type, help);
            Line(name, "", value);
        }

        void Histogram(string path, ServingMetrics.Latencies latencies)
        {
            var count = 0L;
            for (var bucket = 0; bucket <= ServingMetrics.Buckets.Length; bucket++)
            {
                count += latencies[bucket];
                var end = bucket < ServingMetrics.Buckets.Length ? ServingMetrics.Buckets[bucket].ToString(CultureInfo.InvariantCulture) : "+Inf";
                Line("autodim_request_duration_seconds_bucket", $"path=\"{path}\",le=\"{end}\"", count);
            }

            Line("autodim_request_duration_seconds_sum", $"path=\"{path}\"", latencies.Seconds);
            Line("autodim_request_duration_seconds_count", $"path=\"{path}\"", count);
        }
    }

    private static string Escape(string label) => label.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
