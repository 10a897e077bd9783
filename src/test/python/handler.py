"""A plain handler of the same events, to measure the function beside: no story, no learning, no second chance.

One write to DynamoDB, one PutMetricData and, for each finding, one message to SNS.
"""
import json
import os
from collections import Counter
from datetime import datetime, timezone

import boto3

AGENTS = set(os.environ["AGENT_NAMES"].split(","))
REGIONS = set(os.environ["EXPECTED_REGIONS"].split(","))
CALLS_AN_HOUR = 500
SELF_MODIFICATION = {
    "AddUserToGroup", "AttachGroupPolicy", "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey",
    "CreateLoginProfile", "CreatePolicyVersion", "DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary",
    "DetachRolePolicy", "DetachUserPolicy", "PutGroupPolicy", "PutRolePermissionsBoundary", "PutRolePolicy",
    "PutUserPermissionsBoundary", "PutUserPolicy", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy",
}

sns = boto3.client("sns")
cloudwatch = boto3.client("cloudwatch")
dynamodb = boto3.client("dynamodb")


def agent_of(detail):
    identity = detail.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    name = issuer.get("userName") or identity.get("userName")
    return name if name in AGENTS else None


def findings_of(agent, detail):
    name, region = detail["eventName"], detail["awsRegion"]
    target = (detail.get("requestParameters") or {}).get("roleName")
    if detail["eventSource"] == "iam.amazonaws.com" and name in SELF_MODIFICATION and target == agent:
        yield "critical", f"{agent} changed its own permissions: {name}"
    if region not in REGIONS:
        yield "high", f"{agent} called {detail['eventSource']} {name} in {region}"


def count(agent, hour, calls):
    answer = dynamodb.update_item(
        TableName=os.environ["MEMORY_TABLE"], Key={"pk": {"S": agent}, "sk": {"S": hour}},
        UpdateExpression="ADD calls :calls", ExpressionAttributeValues={":calls": {"N": str(calls)}},
        ReturnValues="UPDATED_NEW")
    return int(answer["Attributes"]["calls"]["N"])


def handler(event, context):
    failures, findings, hours, ages = [], [], Counter(), []
    now = datetime.now(timezone.utc)
    for record in event["Records"]:
        try:
            detail = json.loads(record["body"])["detail"]
            agent = agent_of(detail)
            if agent is None:
                continue
            time = datetime.fromisoformat(detail["eventTime"].replace("Z", "+00:00"))
            findings.extend(findings_of(agent, detail))
            hours[agent, time.strftime("%Y-%m-%dT%H")] += 1
            ages.append((now - time).total_seconds())
        except (KeyError, TypeError, ValueError):
            failures.append({"itemIdentifier": record["messageId"]})
    for (agent, hour), calls in hours.items():
        total = count(agent, hour, calls)
        if total > CALLS_AN_HOUR >= total - calls:
            findings.append(("high", f"{agent} made {total} calls in the hour {hour}"))
    for severity, text in findings:
        sns.publish(TopicArn=os.environ["ALERTS_TOPIC_ARN"], Subject=f"[{severity}] {text}"[:100], Message=text)
    data = [{"MetricName": "AgentCalls", "Value": len(ages), "Unit": "Count"},
            {"MetricName": "Findings", "Value": len(findings), "Unit": "Count"}]
    if ages:
        data.append({"MetricName": "EventAge", "Values": ages, "Unit": "Seconds"})
    cloudwatch.put_metric_data(Namespace=os.environ["METRICS_NAMESPACE"], MetricData=data)
    return {"batchItemFailures": failures}
